"""What the solver and the verifier see: ids and integers, nothing else.

Watts, MiB, cents, milli-tokens per second, microseconds, tenths of rack units, hectograms. Rounding
has already happened, against the user.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from optimizer.finance.tco import UnitCosts
from optimizer.physics.circuits import Breaker
from optimizer.physics.outlets import Inlet
from optimizer.schema.base import Condition
from optimizer.schema.build import Basis
from optimizer.schema.offer import Offer
from optimizer.schema.request import Redundancy, Request

NODE_KINDS = (
    "accelerator", "bridge", "platform", "cpu", "memory", "storage", "psu", "chassis", "nic"
)  # fmt: skip
"""Bought once per node (times a quantity)."""
SITE_KINDS = ("switch", "cable", "cooling", "ups", "pdu", "circuit")
"""Bought once for the build (times a quantity)."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One component in one condition, at one offer: what a line of the bill can say."""

    key: str
    component: str
    kind: str
    condition: Condition
    unit: UnitCosts
    stock: int | None
    offer: Offer | None
    name_weight: int


@dataclass(frozen=True, slots=True)
class Power:
    """Draw of one unit before the supply: peak, mean over the horizon, idle (watts)."""

    peak_w: int = 0
    average_w: int = 0
    idle_w: int = 0


@dataclass(frozen=True, slots=True)
class Space:
    """Room of one unit: tenths of a rack unit, hectograms, millimetres, sound energy."""

    rack_tenths: int = 0
    weight_hg: int = 0
    depth_mm: int = 0
    noise: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A component, seen physically. Facts that only one kind has are in the subclasses."""

    id: str
    kind: str
    name: str
    power: Power = field(default=Power(), kw_only=True)
    space: Space = field(default=Space(), kw_only=True)


@dataclass(frozen=True, slots=True)
class AcceleratorItem(Item):
    """``passive`` needs the chassis' air; connectors are plugs needed per card."""

    vram_mib: int
    slot_width: int
    length_mm: int
    passive: bool
    connectors: tuple[int, int, int]
    bridge: str | None
    bridges_per_pair: int
    min_cuda: str
    min_driver: str
    drawn_permille: int = 1000
    """What it draws for milliseconds, in thousandths of its power limit."""


@dataclass(frozen=True, slots=True)
class PlatformItem(Item):
    """``*_included`` come inside; ``needs_cpu`` and ``needs_memory`` say what must be bought."""

    board: bool
    board_form: str
    hosts: tuple[int, ...]
    accelerators_included: tuple[tuple[str, int], ...]
    included: tuple[tuple[str, int], ...]
    needs_cpu: bool
    socket: str
    sockets: int
    max_cpu_tdp_w: int
    needs_memory: bool
    memory_type: str
    memory_channels: int
    dimm_slots: int
    memory_included_gib: int
    storage_included_gb: int
    host_lanes: int | None
    lanes_reserved: int
    slots: tuple[tuple[int, int], ...]
    """(lanes, count) of every slot: accelerator positions and free slots."""
    nvme_bays: int
    nic_included_gbps: int
    supplies: int
    supply_capacity_w: int
    supply_capacity_redundant_w: int
    """With any one supply lost."""
    supply_capacity_halved_w: int
    """With the feed lost on which the larger half of the supplies hangs."""
    efficiency: str
    liquid: bool
    max_inlet_tenths: int = 1_000
    """Tenths of a degree that the air at its front may have at sea level."""
    slot_gbps: int = 1_000_000
    """What the fastest slot carries, by generation and width: no card makes it faster."""
    inlet: Inlet = "c14"
    borne_permille: int = 2000
    """Of the supplies inside, as a :class:`PsuItem` has them."""


@dataclass(frozen=True, slots=True)
class CpuItem(Item):
    """A processor; ``lanes`` per socket."""

    socket: str
    lanes: int
    max_sockets: int
    tdp_w: int


@dataclass(frozen=True, slots=True)
class MemoryItem(Item):
    """A module."""

    memory_type: str
    capacity_gib: int


@dataclass(frozen=True, slots=True)
class StorageItem(Item):
    """A drive."""

    capacity_gb: int
    lanes: int


@dataclass(frozen=True, slots=True)
class PsuItem(Item):
    """A supply; ``capacity_w`` at the case's voltage, ``borne_permille`` of it for milliseconds."""

    form: str
    capacity_w: int
    efficiency: str
    connectors: tuple[int, int, int]
    inlet: Inlet = "c14"
    borne_permille: int = 2000


@dataclass(frozen=True, slots=True)
class ChassisItem(Item):
    """A case for a board."""

    board_forms: tuple[str, ...]
    slot_positions: int
    max_accelerator_mm: int
    psu_form: str
    psu_bays: int
    passive_w: int
    """Heat of each passive card that its air carries away; 0: no passive card."""


@dataclass(frozen=True, slots=True)
class NicItem(Item):
    """A network card."""

    network: str
    gbps: int
    lanes: int


@dataclass(frozen=True, slots=True)
class SwitchItem(Item):
    """A switch."""

    network: str
    gbps: int
    ports: int


@dataclass(frozen=True, slots=True)
class CableItem(Item):
    """A cable."""

    network: str
    gbps: int


@dataclass(frozen=True, slots=True)
class CoolingItem(Item):
    """Extra heat removal; ``liquid`` for distribution units."""

    removal_w: int
    liquid: bool
    plug: tuple[int, float] | None = None
    """(volts, amperes) of the circuit that it needs to itself; None: comes with its own."""


@dataclass(frozen=True, slots=True)
class UpsItem(Item):
    """An uninterruptible supply: what it carries for the time asked, and what it plugs into."""

    capacity_w: int
    capacity_va: int
    input_amps: float = 0
    efficiency_permille: int = 1000


@dataclass(frozen=True, slots=True)
class StripItem(Item):
    """A rack strip: what it plugs into, and how many supplies of either inlet find an outlet."""

    plug: str
    volts: int
    amps: float
    phases: int
    outlets: tuple[int, int]
    """For C14 inlets, for C20 inlets."""


@dataclass(frozen=True, slots=True)
class HostClass:
    """A way for a node to carry accelerators; platforms offer it, deployments ask for it."""

    index: int
    accelerator: str
    count: int
    fabric: str
    link_gb_s: float
    lanes_per_accelerator: int
    board: bool


@dataclass(frozen=True, slots=True)
class Deployment:
    """One serving layout with what it needs and what it gives, for a number of nodes.

    ``output_milli`` is total at saturation, ``user_milli`` one user's rate at the stated
    concurrency, ``saturated_user_milli`` one user's rate at saturation (milli-tokens/s).
    """

    index: int
    host: int
    engine: str
    weight_format: str
    kv_format: str
    tensor_parallel: int
    pipeline_parallel: int
    replicas: int
    sequences: int
    vram_need_mib: int
    vram_usable_mib: int
    memory_parts_mib: tuple[int, int, int, int]
    system_memory_gib: int
    storage_gb: int
    bridges: int
    power: Power
    cap_w: int
    """Power limit of each accelerator: its TDP, or less."""
    kept_permille: int
    """Share of the speed at TDP that the cap leaves, in thousandths."""
    output_milli: int
    user_milli: int
    saturated_user_milli: int
    batch1_milli: int
    ttft_us: int
    tpot_us: int
    band_permille: tuple[int, int]
    basis: Basis
    name_weight: int


@dataclass(frozen=True, slots=True)
class Case:
    """What one solve holds fixed: number of nodes, mains voltage, the switch between nodes."""

    nodes: int
    volts: int
    breakers: tuple[Breaker, ...]
    """Every circuit; the switch's draw is taken off the first (of each feed, if one may fail)."""
    switch: str | None
    switch_wall_w: int
    network_gbps: int
    """Speed that each node's network card must have; 0 for one node."""
    new_circuits: tuple[tuple[str, int], ...] = ()
    """(component, number) of the circuits that an electrician adds; they are among the others."""
    spare: tuple[tuple[int, float], ...] = ()
    """(volts, amperes) of each circuit that feeds no supply, where cooling may be plugged in."""
    given_up: int = 0
    """How many of them were left to cooling on purpose: with less to plug in, so many fewer are
    left in another case."""

    @property
    def circuits_w(self) -> int:
        """Continuous watts of all circuits together: no build draws more."""
        return sum(b.continuous_w for b in self.breakers)


@dataclass(frozen=True, slots=True)
class Limits:
    """Right-hand sides."""

    budget_cents: int | None
    max_tco_cents: int | None
    heat_removal_w: int
    liquid_removal_w: int
    airflow_w: int | None
    """Heat that the air passing the machines carries away; None: not limited."""
    inlet_tenths: int | None
    """Tenths of a degree that a platform must bear at sea level."""
    noise: int | None
    rack_tenths: int
    depth_mm: int
    load_hg: int
    floor_hg: int | None
    min_output_milli: int
    min_user_milli: int
    max_ttft_us: int | None
    psu_headroom_permille: int
    redundancy: Redundancy
    ups: bool
    max_ups: int
    extra_cooling: bool


@dataclass(frozen=True, slots=True)
class Money:
    """Coefficients that are not per part: millionths of a cent per watt, and cents.

    Energy is due on the average watts at the wall, that of bought cooling without the PUE; demand
    and colocation on the peak.
    """

    microcents_per_watt: int
    microcents_per_cooling_watt: int
    installation_cents: int
    demand_microcents: int = 0
    colocation_microcents: int = 0


@dataclass(frozen=True)
class Instance:
    """One request against one catalog, ready to solve for one case."""

    request: Request
    case: Case
    limits: Limits
    money: Money
    items: dict[str, Item]
    purchases: tuple[Purchase, ...]
    hosts: tuple[HostClass, ...]
    deployments: tuple[Deployment, ...]

    @cached_property
    def _by_kind(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for key in sorted(self.items):
            found.setdefault(self.items[key].kind, []).append(self.items[key])
        return found

    @cached_property
    def _by_component(self) -> dict[str, list[Purchase]]:
        found: dict[str, list[Purchase]] = {}
        for purchase in self.purchases:
            found.setdefault(purchase.component, []).append(purchase)
        return found

    def of_kind(self, kind: str) -> list[Item]:
        """Items of one kind, by id."""
        return self._by_kind.get(kind, [])

    def purchases_of(self, component: str) -> list[Purchase]:
        """The conditions in which a component can be had."""
        return self._by_component.get(component, [])

    def platforms(self) -> list[PlatformItem]:
        """All platforms, by id."""
        return [i for i in self.of_kind("platform") if isinstance(i, PlatformItem)]
