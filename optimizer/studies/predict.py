"""Predict what a measurement measured, from the catalog's records and its calibration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from optimizer.catalog.catalog import Catalog
from optimizer.physics import loads, throughput
from optimizer.physics.loads import Under
from optimizer.physics.steps import Step, step_of
from optimizer.schema.build import Basis
from optimizer.schema.calibration import Calibration, Measure
from optimizer.studies.measurements import Case
from optimizer.studies.subject import Layout, Subject, Subjects, layout_of

LENGTHS = (1024.0, 512.0)
"""Mean input and output where a row gives none: the request's own defaults."""
BATCH1_LENGTHS = (512.0, 256.0)
SHAREGPT = (217.0, 202.0)
"""Mean tokens of 1,000 prompts and answers that vLLM's benchmark draws from ShareGPT."""
MLPERF = {
    "llama-2-70b": (294.0, 294.0),
    "mixtral-8x7b": (294.0, 146.0),
    "llama-3.1-405b-instruct": (9400.0, 685.0),
    "llama-3.1-8b-instruct": (778.0, 73.0),
    "deepseek-r1": (800.0, 3880.0),
}
"""Mean lengths of MLPerf Inference's data sets (MLCommons, reference implementations and articles
of v4.0 to v5.1). The prompts of Llama 2 and Mixtral are not published; as long as the answers."""
LATENCIES_S = {
    ("llama-2-70b", "server"): 0.2,
    ("llama-2-70b", "interactive"): 0.04,
    ("mixtral-8x7b", "server"): 0.2,
    ("llama-3.1-405b-instruct", "server"): 0.175,
    ("llama-3.1-405b-instruct", "interactive"): 0.08,
    ("llama-3.1-8b-instruct", "server"): 0.1,
    ("llama-3.1-8b-instruct", "interactive"): 0.03,
    ("deepseek-r1", "server"): 0.08,
}
"""99th percentile of the time per output token that MLPerf allows."""
BURST_PROMPTS = 320.0
"""Prompts of a burst whose size is not said."""
TAIL = 1.25
"""The 99th percentile of the time per output token over its mean, about."""
TENSOR_SIZES = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Job:
    """A case ready for physics: what is left open is filled in, and ``remarks`` say with what."""

    case: Case
    subject: Subject
    measure: Measure
    inputs: float
    outputs: float
    sequences: float
    room: float
    remarks: tuple[str, ...]
    exact: bool
    """Whether the load is what the row says, so that the row can serve a fit."""

    def value(self, step: Step) -> float:
        """The prediction in the row's unit."""
        case, layout = self.case, self.subject.layout
        under = self._under(step)
        output = under.output_tok_s * layout.replicas
        scale = 1.0 / layout.cards if case.per_card else 1.0
        match case.metric:
            case "ttft":
                return under.ttft_s / case.unit
            case "tpot":
                return under.tpot_s / case.unit
            case "latency":
                return (under.ttft_s + self.outputs * under.tpot_s) / case.unit
            case "user":
                return 1.0 / under.tpot_s
            case "decode":
                return scale * layout.replicas * self.sequences / under.tpot_s
            case "prefill":
                return scale * layout.replicas * self.sequences * self.inputs / under.ttft_s
            case "total":
                return scale * output * (self.inputs + self.outputs) / self.outputs
            case "requests":
                return scale * output / self.outputs
            case "output":
                return scale * output

    def _under(self, step: Step) -> Under:
        n, room, isl, osl = self.sequences, self.room, self.inputs, self.outputs
        match self.case.load:
            case "batch" | "full batch":
                return loads.batch(step, n, isl, osl)
            case "arrivals":
                assert self.case.rate is not None
                rate = self.case.rate / self.subject.layout.replicas
                return loads.arrivals(step, rate, room, isl, osl)
            case "burst":
                return loads.burst(step, n, room, isl, osl, self.case.outputs is None)
            case "server":
                rates = loads.closed_loop(step, n, isl, osl)
                ttft = loads.arriving_ttft_s(step, n, isl, osl)
                return Under(rates.output_tok_s, rates.tpot_s, ttft)
            case "users" | "offline":
                return loads.users(step, n, room, isl, osl)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction with its 80 % band, in the unit of the row."""

    job: Job
    value: float
    low: float
    high: float
    basis: Basis


@dataclass
class Predictor:
    """Turns cases into predictions."""

    catalog: Catalog
    calibration: Calibration
    subjects: Subjects = field(init=False)
    _steps: dict[Subject, Step] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.subjects = Subjects(self.catalog)

    def step(self, subject: Subject) -> Step:
        """The costs of a forward step."""
        held = self._steps.get(subject)
        if held is None:
            held = self._steps[subject] = step_of(subject.serving, self.calibration)
        return held

    def predict(self, case: Case) -> Prediction:
        """The prediction of one case. Raises Refused."""
        job = self.job(case)
        value = job.value(self.step(job.subject))
        basis, low, high = throughput.error_band(job.subject.serving, self.calibration, job.measure)
        if case.metric in ("ttft", "tpot", "latency"):
            return Prediction(job, value, value / (1 + high), value / (1 - low), basis)
        return Prediction(job, value, value * (1 - low), value * (1 + high), basis)

    def job(self, case: Case) -> Job:
        """The case, ready for physics. Raises Refused."""
        llm = self.subjects.llm(case)
        _, stands_in = self.subjects.card(case)
        remarks = list(case.remarks)
        inputs, outputs = self._lengths(case, llm.id, remarks)
        layout = layout_of(case, llm.moe is not None)
        if layout is None:
            layout = self._best_layout(case, inputs, outputs)
            remarks.append(f"layout not published: tensor {layout.tensor} assumed")
        subject = self.subjects.find(case, layout)
        if subject.serving.compute == "int8" and subject.weights == "int4":
            remarks.append("4-bit weights computed in 8 bits")
        if stands_in:
            remarks.append(f"computed as {subject.card.id}")
        room, fits = self.subjects.room(subject, inputs, outputs)
        if not fits:
            remarks.append("does not fit by the memory model")
        sequences = self._sequences(case, subject, room, inputs, outputs)
        loose = remarks or case.load in ("burst", "server", "full batch")
        measure = measure_of(case, sequences)
        if loose:
            measure = "loose first token" if measure.startswith("first") else "loose"
        exact = not remarks and fits and case.load in ("users", "batch", "offline", "arrivals")
        return Job(case, subject, measure, inputs, outputs, sequences, room, tuple(remarks), exact)

    def _lengths(self, case: Case, llm: str, remarks: list[str]) -> tuple[float, float]:
        """Mean lengths, assumed where the row has none."""
        assumed = LENGTHS
        if case.load in ("offline", "server") and case.tensor is None:
            assumed = MLPERF.get(llm, LENGTHS)
        elif case.load == "burst":
            assumed = SHAREGPT
        elif case.sequences == 1:
            assumed = BATCH1_LENGTHS
        inputs = assumed[0] if case.inputs is None else case.inputs
        outputs = assumed[1] if case.outputs is None else case.outputs
        if case.inputs is None or case.outputs is None:
            remarks.append(f"lengths not published: {inputs:.0f} in, {outputs:.0f} out assumed")
        return inputs, outputs

    def _best_layout(self, case: Case, inputs: float, outputs: float) -> Layout:
        """The fastest layout on the accelerators given, where none is published."""
        cards = case.cards or 1
        found: list[tuple[float, Layout]] = []
        for tensor in TENSOR_SIZES:
            if cards % tensor:
                continue
            layout = Layout(tensor, 1, 1, cards // tensor, cards)
            subject = self.subjects.find(case, layout)
            room, fits = self.subjects.room(subject, inputs, outputs)
            rates = loads.closed_loop(self.step(subject), room, inputs, outputs)
            found.append(((1.0 if fits else 1e-6) * rates.output_tok_s / tensor, layout))
        return max(found)[1]

    def _sequences(
        self, case: Case, subject: Subject, room: float, inputs: float, outputs: float
    ) -> float:
        """Sequences in flight in one replica."""
        if case.load == "server":
            limit = LATENCIES_S.get((subject.llm.id, case.latency_class), 0.1) / TAIL
            step = self.step(subject)
            return within(lambda n: loads.closed_loop(step, n, inputs, outputs).tpot_s, limit, room)
        given = case.sequences
        if given is None and case.load == "burst":
            given = BURST_PROMPTS
        if given is None or given <= 0:
            return max(1.0, room)
        return max(1.0, given / subject.layout.replicas)


def within(time_s: Callable[[float], float], limit_s: float, most: float) -> float:
    """The most sequences at which a growing time stays within a limit, at least 1."""
    low, high = 1.0, max(1.0, most)
    if time_s(high) <= limit_s:
        return high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if time_s(middle) <= limit_s else (low, middle)
    return low


def measure_of(case: Case, sequences: float) -> Measure:
    """Which band a case falls under."""
    if case.metric in ("ttft", "prefill", "latency"):
        alone = case.load == "batch" or sequences <= 1
        return "first token" if alone else "first token under load"
    if case.metric == "tpot":
        return "time per token"
    if sequences <= 1:
        return "decode"
    return "time per token" if case.metric in ("user", "decode") else "output"
