"""Draws the parts, offers and serving layouts of a small instance from a seeded generator."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from optimizer.instance.items import (
    AcceleratorItem,
    Case,
    Deployment,
    HostClass,
    Instance,
    Item,
    PlatformItem,
    Power,
    Purchase,
    Space,
)
from tests import make


class Maker:
    """Draws parts from short lists of values, so that ties and exact fits are common."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def few(self, most: int, least: int = 1) -> range:
        """How many of a kind."""
        return range(self.chance.randint(least, most))

    def any_of(self, *values: Any) -> Any:
        """One of the values."""
        return self.chance.choice(values)

    def power(self, *peaks: int) -> Power:
        """A peak with a mean somewhere below it."""
        peak = self.any_of(*peaks)
        return Power(peak, peak * self.any_of(4, 7, 10) // 10, peak // 10)

    def space(self, loud: bool = True) -> Space:
        """Rack units, weight, depth and noise."""
        return Space(
            self.any_of(10, 20, 40),
            self.any_of(100, 150, 300),
            self.any_of(400, 700, 900),
            self.any_of(10**6, 3 * 10**6, 10**8) if loud else 0,
        )

    def instance(self, nodes: int) -> Instance:
        """Parts, offers and a case, with limits that bind nothing but what is asked for."""
        gpus, bridges = self.gpus()
        hosts = self.hosts(gpus)
        items: list[Item] = [*gpus, *bridges, *self.platforms(hosts), *self.compute(), *self.body()]
        case, network = self.network(nodes)
        items += [*network, *self.room()]
        limits = make.make_limits(
            heat_removal_w=self.any_of(make.MANY, make.MANY, 500, 1000),
            inlet_tenths=self.any_of(None, None, 300, 305),
            liquid_removal_w=self.any_of(make.MANY, 0, 500),
            ups=self.chance.random() < 0.3,
            max_ups=self.any_of(1, 2),
            redundancy=self.any_of("none", "none", "none", "n+1", "2n"),
            extra_cooling=self.chance.random() < 0.9,
        )
        return make.make_instance(
            items,
            purchases=[p for item in items for p in self.purchases(item)],
            hosts=hosts,
            deployments=self.deployments(hosts),
            case=case,
            limits=limits,
            microcents_per_watt=self.any_of(0, 1, 333_333, 2_500_000),
            microcents_per_cooling_watt=self.any_of(0, 200_000),
            installation_cents=self.any_of(0, 50_000),
        )

    def gpus(self) -> tuple[list[AcceleratorItem], list[Item]]:
        """Cards, some with a bridge, and the bridges (one may be missing from the market)."""
        bridge = self.any_of(None, "bridge")
        gpus = [
            make.make_gpu(
                f"gpu{i}",
                slot_width=self.any_of(1, 2, 2),
                length_mm=self.any_of(267, 312),
                passive=self.any_of(True, False),
                power=make.make_power(self.any_of(200, 300)),
                connectors=self.any_of((0, 0, 0), (1, 0, 0), (0, 2, 0), (0, 0, 1)),
                bridge=bridge,
                bridges_per_pair=3,
                drawn_permille=self.any_of(1000, 1300, 1450),
                space=Space(weight_hg=self.any_of(0, 15)),
            )
            for i in self.few(2)
        ]
        had = bridge is not None and self.chance.random() < 0.8
        return gpus, [make.make_bridge()] if had else []

    def hosts(self, gpus: list[AcceleratorItem]) -> list[HostClass]:
        """Ways to carry the cards."""
        found = []
        for gpu in gpus:
            for count in sorted(self.chance.sample([1, 2, 4], self.chance.randint(1, 2))):
                bridged = gpu.bridge is not None and count > 1 and self.chance.random() < 0.5
                found.append(
                    make.make_host(
                        len(found),
                        accelerator=gpu.id,
                        count=count,
                        fabric="bridge" if bridged else "pcie",
                        lanes_per_accelerator=self.any_of(0, 8, 16),
                    )
                )
        return found

    def platforms(self, hosts: list[HostClass]) -> list[PlatformItem]:
        """Servers, boards and turnkey systems."""
        return [self.platform(f"platform{i}", hosts) for i in self.few(3)]

    def platform(self, name: str, hosts: list[HostClass]) -> PlatformItem:
        """One platform of a random sort."""
        common = {
            "hosts": tuple(sorted(self.chance.sample(range(len(hosts)), min(2, len(hosts))))),
            "socket": self.any_of("sp3", "sp3", "sp5"),
            "sockets": self.any_of(1, 1, 2),
            "max_cpu_tdp_w": self.any_of(200, 280),
            "memory_type": self.any_of("ddr4-rdimm", "ddr4-rdimm", "ddr5-rdimm"),
            "memory_channels": self.any_of(1, 2),
            "dimm_slots": self.any_of(2, 4),
            "host_lanes": self.any_of(None, None, 24, 36, 72),
            "lanes_reserved": self.any_of(0, 4),
            "slots": self.any_of(((16, 4),), ((8, 2), (16, 4)), ((16, 5),), ((8, 4), (16, 1))),
            "nvme_bays": self.any_of(1, 2),
            "nic_included_gbps": self.any_of(1, 1, 100),
            "slot_gbps": self.any_of(50, 126, 252),
            "max_inlet_tenths": self.any_of(300, 350, 350),
            "power": self.power(50, 100),
        }
        sort = self.any_of("server", "board", "board", "turnkey")
        if sort == "board":
            form = self.any_of("atx", "e-atx")
            return make.make_board(name, **{**common, "board_form": form})
        supplies, capacity = self.any_of(1, 2, 4), self.any_of(600, 1000, 2000)
        common |= {
            "supplies": supplies,
            "supply_capacity_w": supplies * capacity,
            "supply_capacity_redundant_w": (supplies - 1) * capacity,
            "supply_capacity_halved_w": supplies // 2 * capacity,
            "efficiency": self.any_of("bronze", "gold", "titanium"),
            "liquid": self.chance.random() < 0.2,
            "inlet": self.any_of("c14", "c14", "c20"),
            "borne_permille": self.any_of(1100, 1400, 1600),
            "space": self.space(),
        }
        if sort == "turnkey":
            common |= self.turnkey(hosts)
        return make.make_platform(name, **common)

    def turnkey(self, hosts: list[HostClass]) -> dict[str, Any]:
        """Everything, or nearly everything, comes inside."""
        host = self.chance.choice(hosts)
        return {
            "hosts": (host.index,),
            "accelerators_included": ((host.accelerator, host.count),),
            "needs_cpu": self.any_of(True, False),
            "needs_memory": self.any_of(True, False),
            "memory_included_gib": self.any_of(64, 256),
            "storage_included_gb": self.any_of(0, 1000, 2000),
            "host_lanes": self.any_of(20, 36, 72, 128),
        }

    def compute(self) -> list[Item]:
        """Processors, modules and drives."""
        cpus: list[Item] = [
            make.make_cpu(
                f"cpu{i}",
                socket=self.any_of("sp3", "sp3", "sp5"),
                lanes=self.any_of(20, 36, 64, 128),
                max_sockets=self.any_of(1, 2),
                tdp_w=self.any_of(200, 201, 280),
                power=self.power(200, 280),
            )
            for i in self.few(2)
        ]
        modules = [
            make.make_memory(
                f"dimm{i}",
                memory_type=self.any_of("ddr4-rdimm", "ddr4-rdimm", "ddr5-rdimm"),
                capacity_gib=self.any_of(16, 32, 64),
                power=self.power(5, 8),
            )
            for i in self.few(2)
        ]
        drives = [
            make.make_drive(
                f"drive{i}", capacity_gb=self.any_of(1000, 2000), power=self.power(8, 12)
            )
            for i in self.few(2)
        ]
        return [*cpus, *modules, *drives]

    def body(self) -> list[Item]:
        """Chassis and supplies."""
        cases: list[Item] = [
            make.make_chassis(
                f"case{i}",
                board_forms=self.any_of(("atx",), ("atx", "e-atx")),
                slot_positions=self.any_of(4, 7, 8),
                max_accelerator_mm=self.any_of(280, 312, 400),
                psu_form=self.any_of("atx", "atx", "atx", "crps"),
                psu_bays=self.any_of(1, 2, 2, 4),
                passive_w=self.any_of(300, 300, 0),
                power=self.power(20, 40),
                space=self.space(),
            )
            for i in self.few(2)
        ]
        supplies = [
            make.make_psu(
                f"psu{i}",
                form=self.any_of("atx", "atx", "atx", "crps"),
                capacity_w=self.any_of(600, 1000, 1600),
                efficiency=self.any_of("bronze", "gold", "titanium"),
                connectors=self.any_of((2, 4, 1), (4, 8, 4), (4, 9, 2)),
                inlet=self.any_of("c14", "c14", "c20"),
                borne_permille=self.any_of(1100, 1400, 1600),
            )
            for i in self.few(2)
        ]
        return [*cases, *supplies]

    def network(self, nodes: int) -> tuple[Case, list[Item]]:
        """Case, cards, cables and the switch; a single node is offered cards in vain."""
        kinds = ("ethernet", "ethernet", "infiniband", "vpi")
        parts: list[Item] = [
            make.make_nic(
                f"nic{i}",
                network=self.any_of(*kinds),
                gbps=self.any_of(25, 100, 200),
                lanes=self.any_of(4, 8, 16),
                power=self.power(10, 20),
            )
            for i in self.few(2)
        ]
        parts += [
            make.make_cable(
                f"cable{i}", network=self.any_of(*kinds), gbps=self.any_of(25, 100, 200)
            )
            for i in self.few(2, least=0 if self.chance.random() < 0.1 else 1)
        ]
        volts = self.any_of(120, 240)
        switch = make.make_switch(
            network=self.any_of("ethernet", "infiniband"),
            gbps=self.any_of(25, 100),
            power=make.make_power(self.any_of(50, 150)),
            space=self.space(),
        )
        wiring: dict[str, Any] = {
            "volts": volts,
            "breakers": make.make_breakers(make.MANY, make.MANY, feeds="ab"),
            "spare": self.any_of((), ((120, 20.0),), ((120, 15.0), (240, 30.0))),
        }
        if self.chance.random() < 0.2:
            parts.append(Item("added", "circuit", "added"))
            wiring["new_circuits"] = (("added", self.any_of(1, 2)),)
        if nodes == 1:
            return make.make_case(**wiring), parts
        return make.make_joined_case(nodes, switch, **wiring), [*parts, switch]

    def room(self) -> list[Item]:
        """Coolers and uninterruptible supplies."""
        coolers: list[Item] = [
            make.make_cooling(
                f"cooler{i}",
                removal_w=self.any_of(500, 1000),
                liquid=self.any_of(False, False, True),
                space=replace(self.space(), depth_mm=0),
                power=self.power(0, 300, 500),
                plug=self.any_of(None, None, (120, 15), (230, 16)),
            )
            for i in self.few(2, least=0)
        ]
        supplies = [
            make.make_ups(
                f"ups{i}",
                input_amps=self.any_of(10, 20),
                efficiency_permille=self.any_of(900, 1000),
                capacity_w=self.any_of(900, 1800),
                capacity_va=self.any_of(1000, 2000),
                space=self.space(loud=False),
                power=self.power(0, 50),
            )
            for i in self.few(2, least=0)
        ]
        strips = [
            make.make_strip(
                f"strip{i}",
                plug=self.any_of("NEMA L6-30P", "NEMA L6-30P", "NEMA L6-20P"),
                volts=self.any_of(120, 208),
                amps=self.any_of(5, 10, 30),
                phases=self.any_of(1, 1, 3),
                outlets=self.any_of((1, 1), (2, 0), (4, 2)),
                space=Space(self.any_of(0, 10), 0, 0, 0),
            )
            for i in (self.few(2, least=0) if self.chance.random() < 0.4 else range(0))
        ]
        return [*coolers, *supplies, *strips]

    def purchases(self, item: Item) -> list[Purchase]:
        """One or two conditions at prices that often tie, some limited in number."""
        if isinstance(item, AcceleratorItem) and self.chance.random() < 0.1:
            return []  # only to be had inside a platform
        conditions = ["new", "used"] if self.chance.random() < 0.15 else ["new"]
        found = [self.purchase(item, condition) for condition in conditions]
        if self.chance.random() < 0.06:
            found.append(make.make_purchase(item, 0, condition="owned", stock=self.any_of(1, 2)))
        return found

    def purchase(self, item: Item, condition: str) -> Purchase:
        """One offer."""
        price = self.any_of(10_000, 20_000, 50_000)
        return make.make_purchase(
            item,
            price,
            condition=condition,
            lifetime_cents=self.any_of(0, 0, 1_001, -3_333),
            stock=self.any_of(None, None, None, None, 1, 4),
        )

    def deployments(self, hosts: list[HostClass]) -> list[Deployment]:
        """Serving layouts on random hosts, with few distinct figures."""
        found = [self.deployment(i, self.chance.choice(hosts)) for i in self.few(5, least=2)]
        return found + [self.capped(d) for d in found if self.chance.random() < 0.3]

    def capped(self, layout: Deployment) -> Deployment:
        """The same layout under a power cap: less power, less speed, a later first token."""
        permille = self.any_of(500, 700, 900)
        kept = (1000 + permille) // 2
        power = layout.power
        return replace(
            layout,
            cap_w=layout.cap_w * permille // 1000,
            kept_permille=kept,
            power=Power(
                power.peak_w * permille // 1000,
                max(power.idle_w, power.average_w * permille // 1000),
                power.idle_w,
            ),
            output_milli=layout.output_milli * kept // 1000,
            user_milli=layout.user_milli * kept // 1000,
            ttft_us=layout.ttft_us * 1000 // kept,
            name_weight=self.chance.randrange(2**30),
        )

    def deployment(self, index: int, host: HostClass) -> Deployment:
        """One layout."""
        need = self.any_of(40_000, 60_000)
        return make.make_deployment(
            index,
            host=host.index,
            vram_need_mib=need,
            vram_usable_mib=need + self.any_of(-1, 0, 0, 1, 9_000),
            system_memory_gib=self.any_of(32, 33, 64, 128),
            storage_gb=self.any_of(0, 1000, 1001, 2000, 3000),
            bridges=3 * (host.count // 2) if host.fabric == "bridge" else 0,
            cap_w=280,
            power=Power(300 * host.count, self.any_of(100, 200, 250) * host.count, 50 * host.count),
            output_milli=self.any_of(0, 90_000, 100_000, 200_000) * host.count,
            user_milli=self.any_of(8_000, 10_000),
            ttft_us=self.any_of(300_000, 500_000),
            name_weight=self.chance.randrange(2**30),
        )
