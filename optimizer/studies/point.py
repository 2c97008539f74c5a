"""One point: an LLM on some accelerators under one load, every speed with its basis and band."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.measured import Timed
from optimizer.errors import InputError
from optimizer.physics import loads, throughput
from optimizer.physics.memory import AcceleratorMemory, accelerator_memory
from optimizer.physics.parameters import shape_of
from optimizer.schema.build import Basis
from optimizer.schema.calibration import Measure
from optimizer.studies.known import Known
from optimizer.studies.measurements import Case, Refused
from optimizer.studies.predict import Predictor
from optimizer.studies.subject import Layout, Subject

NODE = 8
"""Accelerators that tensor parallelism joins at most, unless told otherwise."""


MEASURED: dict[str, Timed] = {
    "first token, under load": "ttft",
    "time per output token": "tpot",
    "per user": "tpot",
}
"""Figures that the catalog may hold measurements of."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``None``: chosen from the rest, and said in the answer."""

    llm: str
    accelerator: str
    engine: str
    weights: str
    kv: str
    count: int | None
    tensor: int | None
    pipeline: int | None
    inputs: int
    outputs: int
    concurrency: int
    fabric: str | None


@dataclass(frozen=True, slots=True)
class Speed:
    """One figure with the band that holds about four of five measurements."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Point:
    """The answer. ``room`` is in sequences of input + output tokens, all replicas together.

    ``speeds`` are empty when not even one sequence fits.
    """

    subject: Subject
    question: Question
    memory: AcceleratorMemory
    room: int
    speeds: tuple[Speed, ...]
    remarks: tuple[str, ...]

    @property
    def need_mib(self) -> int:
        """What one accelerator must hold for the concurrency asked."""
        m = self.memory
        return m.weights_mib + m.kv_cache_mib + m.activations_mib + m.runtime_mib

    @property
    def fits(self) -> bool:
        """Whether all users fit at once."""
        return self.need_mib <= self.memory.usable_mib


def predict_point(catalog: Catalog, question: Question) -> Point:
    """The answer to one question. Raises InputError."""
    predictor = Predictor(catalog, catalog.calibration())
    case = _case(question)
    try:
        layout = _layout(predictor, case, question)
        subject = predictor.subjects.find(case, layout, question.fabric)
    except Refused as why:
        raise InputError(str(why)) from None
    tokens = question.inputs + question.outputs
    count, some_fit = predictor.subjects.room(subject, question.inputs, question.outputs)
    room = count if some_fit else 0
    each = -(-question.concurrency // layout.replicas)
    memory = accelerator_memory(
        subject.llm,
        subject.engine,
        subject.weights,
        subject.kv,
        context=tokens,
        sequences=each,
        tensor=layout.tensor,
        pipeline=layout.pipeline,
        vram_mib=subject.card.vram_mib or 0,
    )
    known = Known(catalog, subject, (question.inputs, question.outputs, question.concurrency))
    made = _speeds(predictor, subject, question, room) if room else ()
    speeds = tuple(_measured(speed, known) for speed in made)
    remarks = (*_remarks(subject, question), *(known.remarks() if room else ()))
    return Point(subject, question, memory, room * layout.replicas, speeds, remarks)


def _case(q: Question) -> Case:
    return Case(
        source="",
        llm=q.llm,
        card=q.accelerator,
        engine=q.engine,
        weights=q.weights,
        kv=q.kv,
        cards=q.count,
        tensor=q.tensor,
        pipeline=q.pipeline or 1,
        data=1,
        expert=1,
        inputs=q.inputs,
        outputs=q.outputs,
        load="users",
        latency_class="server",
        sequences=q.concurrency,
        rate=None,
        metric="output",
        unit=1.0,
        per_card=False,
        value=None,
        remarks=(),
    )


def _layout(predictor: Predictor, case: Case, q: Question) -> Layout:
    """Degrees as asked; else tensor parallelism over all accelerators of a node, or over layers."""
    engine = predictor.subjects.engine(case.engine)
    heads = shape_of(predictor.subjects.llm(case)).attention_heads
    pipeline = q.pipeline or 1
    tensor = q.tensor
    if tensor is None:
        count = q.count or pipeline
        if not engine.tensor_parallel:
            tensor, pipeline = 1, q.pipeline or count
        else:
            most = min(NODE, max(1, count // pipeline))
            fitting = [
                t for t in range(1, most + 1) if heads % t == 0 and count % (t * pipeline) == 0
            ]
            tensor = max(fitting, default=1)
    count = q.count or tensor * pipeline
    if count % (tensor * pipeline):
        raise InputError(
            f"{count} accelerators do not divide into copies of {tensor} x {pipeline}",
            "Give a --count that is a multiple of tensor parallel x pipeline parallel",
        )
    if tensor > 1 and heads % tensor:
        raise InputError(
            f"tensor parallelism over {tensor} does not divide {heads} attention heads",
            "Give a --tensor-parallel that does",
        )
    return Layout(tensor, pipeline, 1, count // (tensor * pipeline), count)


def _remarks(subject: Subject, q: Question) -> Iterator[str]:
    """What a reader should know about the combination."""
    engine, card = subject.engine, subject.card
    if subject.family not in (engine.id, engine.family):
        yield f"the catalog has no engine {subject.family}: memory is counted as for {engine.name}"
    elif card.vendor not in engine.vendors or not any(
        w.format == subject.weights and card.generation in w.generations for w in engine.weights
    ):
        yield f"{engine.name} is not known to run {subject.weights} weights on {card.generation}"
    replicas = subject.layout.replicas
    if replicas > 1:
        yield f"{replicas} copies share the {q.concurrency} users"


def _measured(speed: Speed, known: Known) -> Speed:
    """The figure as measured, where just this point was; else as predicted."""
    metric = MEASURED.get(speed.name)
    found = None if metric is None else known.seconds(metric)
    if found is None:
        return speed
    value, low, high = found
    if speed.unit != "s":
        value, low, high = 1 / value, 1 / high, 1 / low
    return Speed(speed.name, value, low, high, speed.unit, "measured")


def _speeds(p: Predictor, subject: Subject, q: Question, room: int) -> Iterator[Speed]:
    replicas = subject.layout.replicas
    step = p.step(subject)
    inputs, outputs = float(q.inputs), float(q.outputs)
    users = max(1.0, q.concurrency / replicas)
    under = loads.users(step, users, room, inputs, outputs)
    alone = loads.closed_loop(step, 1.0, inputs, outputs)
    single = users <= 1
    rows: list[tuple[str, float, str, Measure]] = [
        ("first token, alone", loads.lone_ttft_s(step, inputs), "s", "first token"),
        (
            "first token, under load",
            under.ttft_s,
            "s",
            "first token" if single else "first token under load",
        ),
        ("time per output token", under.tpot_s, "s", "decode" if single else "time per token"),
        ("per user", 1 / under.tpot_s, "tok/s", "decode" if single else "time per token"),
        ("output, all users", replicas * under.output_tok_s, "tok/s", "output"),
        ("one user alone", 1 / alone.tpot_s, "tok/s", "decode"),
    ]
    for name, value, unit, measure in rows:
        basis, low, high = throughput.error_band(subject.serving, p.calibration, measure)
        if unit == "s":
            yield Speed(name, value, value / (1 + high), value / (1 - low), unit, basis)
        else:
            yield Speed(name, value, value * (1 - low), value * (1 + high), unit, basis)
