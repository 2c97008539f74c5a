"""What can stand on a bill of materials.

Units are in the names: ``_w`` watts, ``_mib`` MiB, ``_gb_s`` GB/s (10^9), ``_mm``, ``_kg``,
``_dba`` dB(A) at 1 m. A field that may be ``null`` is a fact that may be missing: a component
that lacks one the request needs is left out, with a reason, never given a default.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.schema.base import (
    Count,
    Mib,
    Name,
    NonNegative,
    Positive,
    Record,
    Slug,
    Slugs,
    Sourced,
    Watts,
)

Interface = Literal["pcie", "sxm2", "sxm3", "sxm4", "sxm5", "sxm6", "oam", "superchip"]
Vendor = Literal["nvidia", "amd", "intel"]
MemoryType = Literal["ddr4-rdimm", "ddr5-rdimm", "ddr4-udimm", "ddr5-udimm", "soldered"]
PsuForm = Literal["atx", "crps", "included"]
Efficiency = Literal["bronze", "silver", "gold", "platinum", "titanium"]
Inlet = Literal["c14", "c20"]
Fabric = Literal["pcie", "bridge", "mesh", "nvswitch", "xgmi", "roce"]
Generation = Literal[
    "volta", "ampere", "ada", "hopper", "blackwell", "cdna2", "cdna3", "cdna4", "gaudi3"
]
PcieGeneration = Annotated[int, Field(ge=3, le=6)]
Lanes = Annotated[int, Field(ge=0, le=512)]
Volts = Annotated[int, Field(ge=100, le=480)]


class PowerConnectors(Record):
    """How many supply plugs: needed by a card, or offered by a power supply or platform."""

    eps8: Count = 0
    pcie8: Count = 0
    pin16: Count = 0


class Accelerator(Sourced):
    """A GPU or other inference card. Compute figures are dense, not the sparse headline.

    ``vram_mib`` is what the driver reports. ``nvlink_gb_s`` is the vendor's bidirectional total.
    ``fp16_tflops`` accumulates in 32 bits, as inference kernels do.
    """

    vendor: Vendor
    generation: Generation
    interface: Interface
    vram_mib: Mib | None
    memory_type: Name
    bandwidth_gb_s: Positive | None
    fp16_tflops: Positive | None
    fp8_tflops: Positive | None = None
    int8_tops: Positive | None = None
    fp4_tflops: Positive | None = None
    tdp_w: Watts | None
    peak_over_tdp: Annotated[float, Field(ge=1, le=3)] | None = None
    """What it draws for 1 to 5 ms, over its power limit; ``null``: as its class does."""
    idle_w: Watts | None
    min_power_limit_w: Watts | None = None
    """The lowest power limit that the driver accepts; ``null`` where nobody published it.

    A card that is limited already has its TDP here: nothing lower was measured."""
    slot_width: Annotated[int, Field(ge=0, le=5)] | None
    length_mm: Positive | None = None
    weight_kg: Positive | None = None
    pcie_generation: PcieGeneration
    pcie_lanes: Lanes = 16
    nvlink_gb_s: Positive | None = None
    bridge: Slug | None = None
    bridges_per_pair: Annotated[int, Field(ge=0, le=4)] = 0
    power_connectors: PowerConnectors | None
    cooling: Literal["passive", "active", "module"]
    compute_capability: Name
    min_cuda: Name | None
    min_driver: Name | None
    launched: Name | None = None


class Bridge(Sourced):
    """An NVLink (or Infinity Fabric) bridge that joins two neighbouring cards."""

    accelerators: Slugs


class FreeSlots(Record):
    """PCIe slots that accelerators leave free on a platform."""

    count: Count
    lanes: Lanes
    generation: PcieGeneration


class Included(Record):
    """A component that comes inside a platform and is not bought again."""

    id: Slug
    quantity: Annotated[int, Field(ge=1, le=128)]


class PlatformPower(Record):
    """The power supplies built into a platform. Capacity is per supply, by input voltage."""

    quantity: Annotated[int, Field(ge=1, le=12)]
    required: Annotated[int, Field(ge=1, le=12)]
    """Supplies that must work for full load; the rest are redundant."""
    capacity_120v_w: Watts
    capacity_208v_w: Watts
    capacity_240v_w: Watts
    efficiency: Efficiency
    inlet: Inlet | None = None
    """``null``: by its current."""


class Platform(Sourced):
    """What hosts accelerators: a board, a barebone, an HGX server, a turnkey system.

    A ``board`` needs a chassis and power supplies; the other kinds have them. ``included`` lists
    what comes inside (the eight modules of an HGX baseboard, the CPUs of a DGX).
    ``lanes_per_accelerator`` are host lanes that each accelerator takes; ``lanes_reserved`` are
    taken whatever is fitted (switch uplinks, onboard controllers). Every socket is populated.
    """

    kind: Literal["board", "barebone", "hgx", "turnkey", "workstation"]
    interface: Interface
    accelerators: Slugs | None = None
    """Ids that fit; ``null`` means any card of the interface."""
    accelerator_counts: Annotated[tuple[int, ...], Field(strict=False, min_length=1)]
    max_slot_width: Annotated[int, Field(ge=0, le=5)] = 2
    max_accelerator_w: Watts | None
    """Heat per accelerator that the platform's air or plates remove."""
    pcie_generation: PcieGeneration
    lanes_per_accelerator: Lanes
    lanes_reserved: Lanes = 0
    host_lanes: Lanes | None = None
    """Lanes for cards and drives: those wired from the CPUs, and what PCIe switches or a chipset
    add; ``null`` means sockets times the CPU's own lanes."""
    fabric: Fabric = "pcie"
    accelerator_link_lanes: Lanes = 16
    """Electrical width at each accelerator's slot."""
    bridges_fit: bool = False
    free_slots: Annotated[tuple[FreeSlots, ...], Field(strict=False)] = ()
    nvme_bays: Count
    onboard_gbps: Count = 1
    socket: Name
    sockets: Annotated[int, Field(ge=1, le=4)]
    max_cpu_tdp_w: Watts | None = None
    memory_type: MemoryType
    memory_channels: Annotated[int, Field(ge=0, le=48)]
    dimm_slots: Annotated[int, Field(ge=0, le=64)]
    board_form: Literal["atx", "e-atx", "ceb", "proprietary"] = "proprietary"
    power: PlatformPower | None
    power_connectors: PowerConnectors | None = None
    """Plugs for each accelerator position; ``null`` on a board (the supplies bring them)."""
    base_w: Watts | None
    """Board, management and fans at full load."""
    base_idle_w: Watts | None
    cooling: Literal["air", "liquid"]
    passive_airflow: bool
    """Moves enough air for passive cards."""
    max_inlet_c: Annotated[float, Field(ge=10, le=60)] | None = None
    """Warmest air at its front, at sea level; needed where a site says how warm its air is."""
    airflow_cfm: Positive | None = None
    """Air that its own fans move at full load, where published."""
    rack_units: Annotated[float, Field(ge=0, le=60)] | None
    depth_mm: Positive | None
    weight_kg: Positive | None
    noise_dba: Annotated[float, Field(ge=0, le=120)] | None
    included: Annotated[tuple[Included, ...], Field(strict=False)] = ()


class Cpu(Sourced):
    """A processor. ``pcie_lanes`` is usable lanes of one socket."""

    vendor: Literal["amd", "intel", "ampere", "nvidia"]
    socket: Name
    cores: Annotated[int, Field(ge=1, le=512)]
    tdp_w: Watts | None
    idle_w: Watts | None
    pcie_generation: PcieGeneration
    pcie_lanes: Lanes
    memory_channels: Annotated[int, Field(ge=1, le=16)]
    memory_type: Name
    max_sockets: Annotated[int, Field(ge=1, le=8)]


class Memory(Sourced):
    """One memory module."""

    memory_type: MemoryType
    capacity_gib: Annotated[int, Field(ge=1, le=1024)]
    power_w: Watts | None


class Storage(Sourced):
    """One NVMe drive."""

    capacity_gb: Annotated[int, Field(ge=1, le=1_000_000)]
    form: Literal["m.2", "u.2", "e1.s"]
    pcie_generation: PcieGeneration
    pcie_lanes: Lanes = 4
    power_w: Watts | None
    idle_w: Watts | None


class Psu(Sourced):
    """One power supply. Capacity depends on the input voltage."""

    form: PsuForm
    capacity_120v_w: Watts | None
    capacity_208v_w: Watts | None
    capacity_240v_w: Watts | None
    efficiency: Efficiency
    connectors: PowerConnectors | None
    design: Literal["atx2", "atx3", "crps"] | None = None
    """What it bears for milliseconds: ATX before or from version 3, or a server's; ``null``: by its
    form."""
    inlet: Inlet | None = None
    """What its cord plugs into; ``null``: by its current."""


class Chassis(Sourced):
    """A case for a board build."""

    board_forms: Annotated[
        tuple[Literal["atx", "e-atx", "ceb"], ...], Field(strict=False, min_length=1)
    ]
    slot_positions: Annotated[int, Field(ge=0, le=40)]
    """Expansion positions, counted in single slots; a dual-slot card takes two."""
    max_accelerator_mm: Positive | None = None
    """``null`` means that nothing is in the way, as in an open frame."""
    psu_form: PsuForm
    psu_bays: Annotated[int, Field(ge=1, le=4)]
    passive_card_w: Watts
    """Heat of each passive card that its fans carry away; 0: too little air for any."""
    open_frame: bool = False
    """Cards hang in the open, on risers: only where the site allows it."""
    fans_w: Watts | None
    rack_units: Annotated[float, Field(ge=0, le=60)] | None
    depth_mm: Positive | None
    weight_kg: Positive | None
    noise_dba: Annotated[float, Field(ge=0, le=120)] | None


class Nic(Sourced):
    """A network card."""

    network: Literal["ethernet", "infiniband", "vpi"]
    speed_gbps: Count
    ports: Annotated[int, Field(ge=1, le=8)]
    pcie_generation: PcieGeneration
    pcie_lanes: Lanes
    power_w: Watts | None


class Switch(Sourced):
    """A network switch that joins nodes."""

    network: Literal["ethernet", "infiniband"]
    speed_gbps: Count
    ports: Annotated[int, Field(ge=2, le=1024)]
    power_w: Watts | None
    rack_units: Annotated[float, Field(ge=0, le=60)] | None
    depth_mm: Positive | None
    weight_kg: Positive | None
    noise_dba: Annotated[float, Field(ge=0, le=120)] | None


class Cable(Sourced):
    """A cable from one network card to one switch port."""

    network: Literal["ethernet", "infiniband", "vpi"]
    speed_gbps: Count


class Cooling(Sourced):
    """Something that removes heat: a room air conditioner or a liquid distribution unit.

    ``volts`` and ``amps`` name the circuit that it needs to itself; ``null`` where its circuit
    comes with its installation.
    """

    kind: Literal["room-air", "cdu"]
    heat_removal_w: Annotated[int, Field(ge=0, le=10_000_000)]
    power_w: Watts | None
    volts: Volts | None = None
    amps: Annotated[float, Field(gt=0, le=1000)] | None = None
    noise_dba: Annotated[float, Field(ge=0, le=120)] | None = None
    rack_units: NonNegative = 0
    weight_kg: NonNegative = 0


class RuntimePoint(Record):
    """A point of a runtime curve: so long at so much load."""

    load_w: Annotated[int, Field(ge=1, le=1_000_000)]
    minutes: Annotated[float, Field(gt=0, le=10_000)]


class Ups(Sourced):
    """An uninterruptible power supply; both ratings must hold, for the time asked.

    Between two points of ``runtime`` the battery is taken to give no more energy than at the
    higher load. A unit with battery packs added is an entry of its own, with its own curve.
    ``input_amps`` is the circuit that it plugs into; ``efficiency`` what of the mains reaches the
    load.
    """

    power_w: Watts
    power_va: Annotated[int, Field(ge=1, le=1_000_000)]
    volts: Volts
    input_amps: Annotated[float, Field(gt=0, le=1000)] | None = None
    plug: Name | None = None
    efficiency: Annotated[float, Field(gt=0.5, le=1)] | None = None
    runtime: Annotated[tuple[RuntimePoint, ...], Field(strict=False, max_length=40)] = ()
    rack_units: Annotated[float, Field(ge=0, le=60)] | None
    depth_mm: Positive | None = None
    weight_kg: Positive | None


class Pdu(Sourced):
    """A rack power strip. ``outlets_nema`` are 5-20 sockets, which take the cord of any supply."""

    volts: Volts
    amps: Annotated[int, Field(ge=1, le=1000)]
    phases: Literal[1, 3]
    plug: Name
    outlets_c13: Count
    outlets_c19: Count
    outlets_nema: Count = 0
    rack_units: Annotated[float, Field(ge=0, le=60)]


class NewCircuit(Sourced):
    """A branch circuit that an electrician adds, outlet and inspection in its price.

    ``continuous_share`` is the part of the breaker that may be drawn for hours.
    """

    volts: Volts
    amps: Annotated[float, Field(gt=0, le=2000)]
    phases: Literal[1, 3] = 1
    continuous_share: Annotated[float, Field(gt=0, le=1)]
    outlet: Name


KINDS: dict[str, type[Sourced]] = {
    "accelerator": Accelerator,
    "bridge": Bridge,
    "platform": Platform,
    "cpu": Cpu,
    "memory": Memory,
    "storage": Storage,
    "psu": Psu,
    "chassis": Chassis,
    "nic": Nic,
    "switch": Switch,
    "cable": Cable,
    "cooling": Cooling,
    "ups": Ups,
    "pdu": Pdu,
    "circuit": NewCircuit,
}
"""Kind of component (the word on the bill of materials) -> type of its record."""
