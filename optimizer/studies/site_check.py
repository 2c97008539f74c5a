"""A finished build against another site: its parts from the catalog, its limits by the twins.

Nothing of the answer is believed but which parts it has and how many: watts, weights and levels are
computed again, and no solver is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError, shown, unknown_name
from optimizer.instance.cases import cases, limits_of
from optimizer.instance.choice import Choice
from optimizer.instance.facts import Facts, MissingFact
from optimizer.instance.items import (
    AcceleratorItem,
    Case,
    CoolingItem,
    Deployment,
    HostClass,
    Instance,
    Item,
    PlatformItem,
    Power,
    SwitchItem,
)
from optimizer.instance.money import money_of
from optimizer.instance.strips import hangs, hookups_of
from optimizer.physics.power import input_range
from optimizer.schema.build import BillLine, Build, Result
from optimizer.schema.components import Chassis, Pdu, Ups
from optimizer.schema.site import Site
from optimizer.schema.site_check import LimitVerdict, SiteCheck
from optimizer.solve.document import limit_use
from optimizer.verify.audit import Audit
from optimizer.verify.checks import CHECKS
from optimizer.verify.use import Use

ROOM_RULES = ("psu", "circuits", "outlets", "ups", "cooling", "airflow", "inlet", "noise", "rack")
"""Rules that a site decides, in the order in which they are told."""
PER_SITE = ("switch", "cooling", "ups", "pdu", "circuit")
MAX_BYTES = 50_000_000
MAX_UNITS = 100_000


def read_answer(path: Path) -> Result:
    """An answer as ``--json`` wrote it. Raises InputError for what is none."""
    name = shown(str(path))
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{name}: larger than any answer ({MAX_BYTES:,} bytes)")
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{name}: not text in UTF-8", ADVICE) from None
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}", ADVICE) from None
    try:
        return Result.model_validate_json(text)
    except ValidationError as error:
        problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    message = f"{where}: {problem['msg']}" if where else str(problem["msg"])
    raise InputError(f"{name}: not an answer of this program: {shown(message)}", ADVICE)


ADVICE = "Write one with: optimize ... --json --output answer.json"


def check_site(result: Result, site: Site, catalog: Catalog) -> SiteCheck:
    """The build of an answer against a site. Raises InputError for a document that makes no sense.

    Every mains voltage of the site, every way to leave circuits to cooling and to hang rack strips,
    those of the answer or others, are tried; the one under which most limits hold is told.
    """
    if result.build is None:
        raise InputError(f"the answer holds no build: it is {result.status}", ADVICE)
    subject = Subject(result, result.build, site, catalog)
    found = [
        (case, choice, list(subject.verdicts(instance, choice)))
        for case, instance, choice in subject.instances()
    ]
    if not found:
        raise InputError(
            f"nothing of {shown(site.id)} carries the switch of this build",
            "Give it stronger circuits",
        )
    case, choice, verdicts = min(
        found,
        key=lambda f: (
            sum(not v.holds for v in f[2]),
            -f[0].volts,
            sum(subject.strips_to_buy(f[1]).values()),
        ),
    )
    return SiteCheck(
        site=site.id,
        build=result.build.platform,
        volts=case.volts,
        fits=all(v.holds for v in verdicts),
        limits=tuple(verdicts),
        notes=tuple(subject.notes(choice)),
    )


def with_ports(switches: list[SwitchItem], nodes: int) -> list[SwitchItem]:
    """Switches that join so many nodes."""
    return [s for s in switches if s.ports >= nodes]


@dataclass(frozen=True, slots=True)
class Subject:
    """One build that moves to one site."""

    result: Result
    build: Build
    site: Site
    catalog: Catalog

    def instances(self) -> Iterator[tuple[Case, Instance, Choice]]:
        """The build at every voltage of the site, as an instance that holds nothing else."""
        request = self.result.request.replace(site=self.site)
        policy = request.policy.replace(max_nodes=self._nodes())
        request = request.replace(policy=policy)
        duty = request.workloads[0].duty
        for volts in sorted({c.volts for c in self.site.circuits}):
            facts = Facts(self.catalog, duty, volts, policy.ups_minutes)
            items, choice = self._parts(facts)
            switches = [i for i in items.values() if isinstance(i, SwitchItem)]
            coolers = [i for i in items.values() if isinstance(i, CoolingItem)]
            known = [r for r in self.catalog.of_kind("pdu") if isinstance(r, Pdu)]
            strips = {r.id: facts.item(r, "pdu") for r in known}
            for case in cases(request, partial(with_ports, switches), (), coolers, known):
                if (case.nodes, case.volts) != (self.build.nodes, volts):
                    continue
                instance = Instance(
                    request=request,
                    case=case,
                    limits=limits_of(request),
                    money=money_of(request),
                    items=items,
                    purchases=(),
                    hosts=(self._host(),),
                    deployments=(self._deployment(items),),
                )
                hung = {i: item for i, item in strips.items() if hangs(item, case)}
                instance = replace(instance, items=items | hung)
                rest = {i: n for i, n in choice.per_site.items() if items[i].kind != "pdu"}
                for way in hookups_of(instance):
                    yield case, instance, replace(choice, per_site=rest | dict(way.strips))

    def verdicts(self, instance: Instance, choice: Choice) -> Iterator[LimitVerdict]:
        """Every limit of the site, used and available."""
        audit = Audit(choice, instance)
        for rule in ROOM_RULES:
            for use in CHECKS[rule](audit):
                row = limit_use(rule, use)
                yield LimitVerdict(**row.model_dump(), holds=use.holds)
        yield from self._policies(instance.case.volts)

    def strips_to_buy(self, choice: Choice) -> dict[str, int]:
        """Rack strips beyond those of the answer that the site wants."""
        held = {line.id: line.quantity for line in self.build.bill_of_materials}
        strips = {i: n for i, n in choice.per_site.items() if self.catalog.kind_of(i) == "pdu"}
        return {i: n - held.get(i, 0) for i, n in strips.items() if n > held.get(i, 0)}

    def notes(self, choice: Choice) -> Iterator[str]:
        """What the site does not decide."""
        for strip, count in self.strips_to_buy(choice).items():
            yield f"to buy: {count} of {self.catalog.components[strip].name}"
        added = [line.name for line in self.build.bill_of_materials if line.kind == "circuit"]
        if added:
            yield f"left where they are: {', '.join(added)}"
        yield "prices, service targets and the fit of the parts are those of the answer"

    def _policies(self, volts: int) -> Iterator[LimitVerdict]:
        """Parts that this site's mains or rules exclude."""
        for line in self._bought():
            record = self.catalog.components[line.id]
            if isinstance(record, Chassis) and record.open_frame:
                allowed = int(self.site.open_frames_allowed)
                yield _verdict("rack", Use("open frames", 1, allowed, "frames"))
            if isinstance(record, Ups) and input_range(record.volts) != input_range(volts):
                yield _verdict("ups", Use("UPS for other mains", line.quantity, 0, "units"))

    # -- parts ------------------------------------------------------------------------------

    def _nodes(self) -> int:
        if not 1 <= self.build.nodes <= 64:
            raise InputError(f"the answer has {self.build.nodes} nodes", "1 to 64 make sense")
        return self.build.nodes

    def _bought(self) -> list[BillLine]:
        return [
            line
            for line in self.build.bill_of_materials
            if not line.included and line.kind != "circuit"
        ]

    def _parts(self, facts: Facts) -> tuple[dict[str, Item], Choice]:
        items: dict[str, Item] = {}
        node: dict[str, int] = {}
        site: dict[str, int] = {}
        for line in self._bought():
            items[line.id] = self._item(facts, line.id)
            kind, count = items[line.id].kind, self._count(line)
            if kind in PER_SITE:
                site[line.id] = count
            elif kind != "platform":
                node[line.id] = count // self.build.nodes
        used = self.build.deployment.accelerator
        items[used] = self._item(facts, used)
        if not isinstance(items[used], AcceleratorItem):
            raise InputError(f"the answer serves from {shown(used)}, which is no accelerator")
        if not isinstance(items.get(self.build.platform), PlatformItem):
            raise InputError(f"the platform {shown(self.build.platform)} is not on its bill")
        return items, Choice(self.build.platform, 0, node, site)

    def _count(self, line: BillLine) -> int:
        kind = self.catalog.kind_of(line.id)
        whole = kind in PER_SITE or line.quantity % self.build.nodes == 0
        if not 1 <= line.quantity <= MAX_UNITS or not whole:
            nodes = f" on {self.build.nodes} nodes" if self.build.nodes > 1 else ""
            raise InputError(f"the answer has {line.quantity} of {shown(line.id)}{nodes}")
        return line.quantity

    def _item(self, facts: Facts, component: str) -> Item:
        record = self.catalog.components.get(component)
        if record is None:
            error = unknown_name("component", component, list(self.catalog.components))
            raise InputError(
                f"the answer names a part that is not in the catalog: {error.message}",
                "Give the catalog it was made with: --catalog DIR",
            )
        try:
            return facts.item(record, self.catalog.kind_of(component))
        except MissingFact as missing:
            raise InputError(f"{component}: {missing}", "Its catalog must say") from None

    def _host(self) -> HostClass:
        used = self.build.deployment
        if not 1 <= used.accelerators_per_node <= MAX_UNITS:
            raise InputError(f"the answer has {used.accelerators_per_node} accelerators per node")
        return HostClass(
            0, used.accelerator, used.accelerators_per_node, used.fabric, 0.0, 0, board=False
        )

    def _deployment(self, items: dict[str, Item]) -> Deployment:
        """The layout as far as a room feels it: its accelerators' watts, under the cap if lower."""
        used = self.build.deployment
        count, card = used.accelerators_per_node, items[used.accelerator].power
        peak = min(card.peak_w, used.power_cap_w) if used.power_cap_w > 0 else card.peak_w
        power = Power(peak * count, min(card.average_w, peak) * count, card.idle_w * count)
        return Deployment(
            index=0,
            host=0,
            engine=used.engine,
            weight_format=used.weight_format,
            kv_format=used.kv_format,
            tensor_parallel=used.tensor_parallel,
            pipeline_parallel=used.pipeline_parallel,
            replicas=used.replicas,
            sequences=0,
            vram_need_mib=0,
            vram_usable_mib=0,
            memory_parts_mib=(0, 0, 0, 0),
            system_memory_gib=0,
            storage_gb=0,
            bridges=0,
            power=power,
            cap_w=peak,
            kept_permille=round(used.speed_kept * 1000),
            output_milli=0,
            user_milli=0,
            saturated_user_milli=0,
            batch1_milli=0,
            ttft_us=0,
            tpot_us=0,
            band_permille=(0, 0),
            basis="roofline",
            name_weight=0,
        )


def _verdict(rule: str, use: Use) -> LimitVerdict:
    return LimitVerdict(**limit_use(rule, use).model_dump(), holds=use.holds)
