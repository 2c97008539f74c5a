"""The room: what it can power, cool and bear."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from optimizer.schema.base import Count, Name, NonNegative, Positive, Record, Share, Sourced, Watts

TOLERANCE = 1e-9


class Circuit(Record):
    """One or more equal branch circuits.

    ``continuous_share`` is the part of the breaker that may be drawn for hours: 0.8 under the NEC
    (210.20(A)), 1.0 under IEC practice. ``reserved_w`` is what else hangs on each circuit.
    ``feed`` is where it comes from: a failure of one feed leaves the circuits of the other.
    ``outlet`` is what one plugs into (``NEMA L6-30R``); ``null`` means the usual one of its rating.
    ``sockets`` is how many supplies plug into it as it stands, where that is a limit;
    ``outlets_c13`` and ``outlets_c19`` are those of a strip that hangs on it already.
    """

    volts: Annotated[int, Field(ge=100, le=480)]
    amps: Annotated[float, Field(gt=0, le=2000)]
    phases: Literal[1, 3] = 1
    count: Annotated[int, Field(ge=1, le=64)] = 1
    continuous_share: Share = 0.8
    reserved_w: Watts = 0
    feed: Literal["a", "b"] | None = None
    outlet: Name | None = None
    sockets: Count | None = None
    outlets_c13: Count | None = None
    outlets_c19: Count | None = None

    @property
    def has_strip(self) -> bool:
        """Whether a strip hangs on it already."""
        return self.outlets_c13 is not None or self.outlets_c19 is not None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.has_strip and self.sockets is not None:
            raise ValueError("sockets count where no strip hangs; leave out one of them")
        return self


class Rack(Record):
    """Space: rack units, usable depth from front rail to rear door, static load.

    ``own_kg`` is the empty rack and ``footprint_m2`` the floor it stands on, which count where the
    floor's strength is given; ``null`` means 600 mm wide and as deep as the rack, once per 42 U.
    """

    units: Annotated[float, Field(ge=0, le=1000)]
    depth_mm: Positive
    load_kg: Positive
    own_kg: NonNegative = 0
    footprint_m2: Positive | None = None


class TariffPeriod(Record):
    """Part of the energy used at one price: nights, peak hours."""

    share: Share
    usd_per_kwh: Annotated[float, Field(ge=0, le=10)]


class Site(Sourced):
    """A place to put the build.

    ``heat_removal_w`` is what the room's air takes away; ``liquid_removal_w`` what a facility
    water loop takes away (0: none). ``noise_limit_dba`` holds where people are: ``null`` means no
    limit; ``noise_distance_m`` away, behind what takes ``noise_barrier_db`` (a door: 20 to 30).
    ``airflow_cfm`` is the air that passes the machines and warms up by ``air_rise_c``;
    ``inlet_c`` is how warm it comes. ``pue`` multiplies the energy of the build.
    """

    circuits: Annotated[tuple[Circuit, ...], Field(strict=False, min_length=1, max_length=32)]
    heat_removal_w: Annotated[int, Field(ge=0, le=100_000_000)]
    extra_cooling_allowed: bool = True
    liquid_removal_w: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    airflow_cfm: Positive | None = None
    air_rise_c: Annotated[float, Field(gt=0, le=50)] = 10
    inlet_c: Annotated[float, Field(ge=0, le=60)] | None = None
    altitude_m: Annotated[float, Field(ge=0, le=5000)] = 0
    noise_limit_dba: Annotated[float, Field(ge=20, le=140)] | None
    noise_distance_m: Annotated[float, Field(ge=1, le=1000)] = 1
    noise_barrier_db: Annotated[float, Field(ge=0, le=60)] = 0
    rack: Rack
    floor_kg_m2: Positive | None = None
    door_width_mm: Positive | None = None
    door_height_mm: Positive | None = None
    cable_clearance_mm: NonNegative = 150
    electricity_usd_per_kwh: Annotated[float, Field(ge=0, le=10)]
    time_of_use: Annotated[tuple[TariffPeriod, ...], Field(strict=False, max_length=24)] = ()
    """Instead of one price: shares of the energy used, which add up to 1, with their prices."""
    demand_usd_per_kw_month: Annotated[float, Field(ge=0, le=1000)] = 0.0
    """Charge on the highest demand: the build's peak watts times PUE."""
    colocation_usd_per_kw_month: Annotated[float, Field(ge=0, le=5000)] = 0.0
    """Rent of reserved power, due on the build's peak watts."""
    space_usd_per_unit_month: Annotated[float, Field(ge=0, le=5000)] = 0.0
    """Rent of a rack unit."""
    pue: Annotated[float, Field(ge=1, le=5)]
    open_frames_allowed: bool = False
    """Whether cards may hang in an open frame: at home, not in a shared room."""
    max_ups: Count = 4
    new_circuits: Annotated[int, Field(ge=0, le=8)] = 0
    """Circuits that an electrician may add, at the prices in the catalog."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        shares = sum(period.share for period in self.time_of_use)
        if self.time_of_use and abs(shares - 1) > TOLERANCE:
            raise ValueError(f"the shares of time_of_use add up to {shares:g}, not to 1")
        return self
