"""The sections of an answer: headline, speed, memory, cost, software, notes."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.report import quantity as q
from optimizer.report.style import TIMES, Style, clean, join_wrapped, left, right, width_of, wrap
from optimizer.schema.build import Build, Result
from optimizer.schema.request import Workload
from optimizer.units import format_tokens

Names = Mapping[str, str]
INDENT = 15
FORMATS = {"bf16": "BF16", "fp8": "FP8", "int8": "INT8", "int4": "INT4"}
FABRICS = {
    "pcie": "PCIe",
    "bridge": "NVLink bridges",
    "mesh": "NVLink mesh",
    "nvswitch": "NVSwitch",
    "xgmi": "Infinity Fabric",
    "roce": "RoCE",
}
OBJECTIVES = {
    "throughput": "highest throughput",
    "speed": "highest speed per user",
    "tco": "lowest total cost of ownership",
    "capex": "lowest purchase price",
    "cost-per-token": "lowest cost per token",
}


def format_name(name: str) -> str:
    """A number format as people write it."""
    return FORMATS.get(name, clean(name).upper().replace("GGUF-", "GGUF "))


def question_parts(result: Result, names: Names) -> list[str]:
    """What was asked: LLM, context, users, money, site."""
    request = result.request
    parts = []
    for load in request.workloads:
        used = result.build.deployment if result.build is not None else None
        parts.append(clean(names.get(load.llm, load.llm)))
        if used is not None and used.llm == load.llm:
            parts.append(format_name(used.weight_format))
        parts += [f"{format_tokens(load.context)} context", q.count(load.concurrency, "user")]
    if request.policy.budget_usd is not None:
        parts.append(f"budget {q.usd(request.policy.budget_usd)}")
    if request.policy.max_tco_usd is not None:
        parts.append(f"TCO up to {q.usd(request.policy.max_tco_usd)}")
    changed = ", changed" if "request" in request.site.sources.values() else ""
    parts.append(f"site {clean(request.site.id)}{changed}")
    return parts


def render_question(result: Result, names: Names, style: Style) -> list[str]:
    """What was asked, in one or two lines."""
    parts = question_parts(result, names)
    return [style.paint(line, "accent") for line in join_wrapped(parts, " · ", style.width)]


def headline(result: Result) -> tuple[str, str]:
    """The answer in one sentence, and how far it is proven."""
    build = result.build
    assert build is not None
    cards = build.deployment.accelerators_per_node * build.nodes
    card = next(
        (b.name for b in build.bill_of_materials if b.id == build.deployment.accelerator),
        build.deployment.accelerator,
    )
    machine = "machine" if any(b.kind == "chassis" for b in build.bill_of_materials) else "server"
    where = f"one {machine}" if build.nodes == 1 else f"{build.nodes} {machine}s"
    speed = f"{q.three(build.performance.output_tok_s)} tok/s"
    lead = "Best build" if result.status == "optimal" else "Best build found"
    sentence = (
        f"{lead}: {cards} {TIMES} {clean(card)} in {where}: {speed},"
        f" {q.usd(build.costs.capex_usd)} to buy"
    )
    status = "proven optimal"
    if result.status != "optimal":
        gap = result.objective.gap
        status = "not proven" if gap is None else f"within {q.percent(gap)} of the best"
    return sentence, status


def goal_text(result: Result) -> str:
    """What the build was chosen for, and what hosts it."""
    bill = () if result.build is None else result.build.bill_of_materials
    platform = next((b for b in bill if b.kind == "platform"), None)
    host = f"; host: {clean(platform.name)}" if platform is not None else ""
    return f"Chosen for the {OBJECTIVES[result.objective.name]}{host}"


def render_headline(result: Result, style: Style) -> list[str]:
    """The answer in one sentence, with its status at the right."""
    sentence, status = headline(result)
    colour = "good" if result.status == "optimal" else "warn"
    lines = wrap(sentence, style.width)
    room = style.width - width_of(lines[-1])
    painted = [style.title(line) for line in lines]
    if room >= len(status) + 2:
        painted[-1] += " " * (room - len(status)) + style.paint(status, colour)
    else:
        painted.append(style.paint(right(status, style.width), colour))
    return painted + wrap(goal_text(result), style.width)


def speed_rows(build: Build, loads: tuple[Workload, ...]) -> list[tuple[str, str, str]]:
    """(name, figure, definition) of throughput, speed and latency."""
    made, used, load = build.performance, build.deployment, loads[0]
    band = f"80 % of measurements lie between {q.three(made.output_tok_s_low)}"
    band += f" and {q.three(made.output_tok_s_high)}"
    lengths = f"{load.input_tokens:,} tokens in and {load.output_tokens:,} out on average"
    rows = [
        (
            "Throughput",
            f"{q.three(made.output_tok_s)} tok/s",
            f"output of the whole build with {q.count(used.sequences_at_saturation, 'sequence')}"
            f" at once, each at {q.three(made.tok_s_per_user_at_saturation)} tok/s, {lengths};"
            f" {band}",
        ),
        (
            "Per user",
            f"{q.three(made.tok_s_per_user)} tok/s",
            f"with {q.count(used.concurrency, 'user')} at once: {q.three(made.tpot_ms)} ms per"
            " token",
        ),
        (
            "First token",
            q.seconds(made.ttft_s),
            f"prompt of {load.input_tokens:,} tokens, no queue",
        ),
    ]
    if used.concurrency > 1:
        alone = f"{q.three(made.decode_tok_s_batch1)} tok/s"
        rows.insert(2, ("Alone", alone, "one user, nothing else running"))
    return rows


def render_speed(build: Build, loads: tuple[Workload, ...], style: Style) -> list[str]:
    """Throughput, speed and latency, each with its definition."""
    made, rows = build.performance, speed_rows(build, loads)
    title = f"Speed ({made.basis}, ±{q.number(made.error_band_pct)} %)"
    lines = [style.title(title)]
    for label, figure, meaning in rows:
        lead = f"  {left(label, INDENT - 2)}{right(figure, 13)}  "
        parts = wrap(meaning, style.width - width_of(lead))
        lines += [lead + parts[0]] + [" " * width_of(lead) + more for more in parts[1:]]
    return lines


def render_memory(build: Build, style: Style) -> list[str]:
    """What fills the fullest accelerator, as a stacked bar with its legend."""
    m = build.memory
    parts = [
        ("weights", m.weights_mib, "█"),
        ("KV cache", m.kv_cache_mib, "▓"),
        ("activations", m.activations_mib, "▒"),
        ("runtime", m.runtime_mib, "░"),
    ]
    used = sum(mib for _, mib, _ in parts)
    width, cells, so_far = style.width - INDENT - 2, "", 0
    for _, mib, mark in parts:
        so_far += mib
        end = min(width, round(so_far / max(1, m.usable_mib) * width))
        cells += mark * (end - len(cells))
    legend = [f"{mark} {label} {q.gib(mib)}" for label, mib, mark in parts]
    total = f"= {q.gib(used)} of {q.gib(m.usable_mib)} GiB usable"
    lines = [f"[{style.paint(left(cells, width), 'accent')}]"]
    lines += join_wrapped([*legend, total], "  ", width)
    return style.labelled("Memory per GPU", lines, INDENT)


def render_power(build: Build, style: Style) -> list[str]:
    """Watts at the wall."""
    p = build.power
    parts = [
        f"peak {q.watts(p.peak_wall_w)} at the wall",
        f"average {q.watts(p.average_wall_w)}",
        f"idle {q.watts(p.idle_wall_w)}",
        f"heat {q.number(p.heat_btu_h)} BTU/h",
        f"air {q.number(p.airflow_cfm)} CFM",
    ]
    return style.labelled("Power", join_wrapped(parts, " · ", style.width - INDENT), INDENT)


def render_cost(result: Result, style: Style) -> list[str]:
    """The TCO line by line (hardware in one), discounted, and per token."""
    build = result.build
    assert build is not None
    costs, finance = build.costs, result.request.finance
    hardware = sum(c.usd for c in costs.lines if c.item.startswith("hardware"))
    lines = [("hardware", hardware)]
    lines += [(c.item, c.usd) for c in costs.lines if not c.item.startswith("hardware")]
    parts = [f"{clean(item)} {q.amount(usd)}" for item, usd in lines if round(usd, 2)]
    width = style.width - INDENT
    text = join_wrapped(parts, " · ", width)
    total = f"= {q.usd(costs.tco_usd)} TCO"
    total += (
        f" ({q.usd(costs.tco_discounted_usd)} discounted at {q.percent(finance.discount_rate)})"
    )
    text += wrap(total, width)
    if costs.usd_per_million_output_tokens is not None:
        duty = q.percent(result.request.workloads[0].duty)
        each = costs.usd_per_million_output_tokens
        text += wrap(f"{q.usd(each)} per million output tokens, busy {duty} of the time", width)
    users = result.request.workloads[0].concurrency
    monthly = f"{q.usd(costs.tco_usd_per_month)} a month"
    if users > 1:
        monthly += f", {q.usd(costs.tco_usd_per_user_month)} for each of {users:,} users"
    text += wrap(monthly, width)
    horizon = finance.horizon_years
    label = f"Cost, {horizon:.3g} year{'s' * (horizon != 1)}"
    return style.labelled(label if len(label) < INDENT else f"Cost, {horizon:.3g} y", text, INDENT)


def layout_parts(build: Build) -> list[str]:
    """How the LLM is laid over the accelerators."""
    used = build.deployment
    layout = [f"tensor parallel {used.tensor_parallel}"]
    if used.pipeline_parallel > 1:
        layout.append(f"pipeline parallel {used.pipeline_parallel}")
    layout.append(q.count(used.replicas, "replica"))
    layout.append(f"weights {format_name(used.weight_format)}")
    layout.append(f"KV cache {format_name(used.kv_format)}")
    layout.append(f"{FABRICS.get(used.fabric, clean(used.fabric))} between GPUs")
    if used.power_cap_w:
        full = f" of {used.full_power_w:,}" if used.speed_kept < 1 else ""
        layout.append(f"power limit {used.power_cap_w:,}{full} W per GPU")
    return layout


def render_serving(build: Build, names: Names, style: Style) -> list[str]:
    """The layout, the software, and the command to start it."""
    used, width = build.deployment, style.width - INDENT
    engine = clean(f"{names.get(used.engine, used.engine)} {used.engine_version}")
    software = [engine, f"CUDA ≥ {clean(used.min_cuda)}", f"driver ≥ {clean(used.min_driver)}"]
    software.append(clean(used.container))
    lines = join_wrapped(software, " · ", width)
    lines += join_wrapped(layout_parts(build), " · ", width)
    command = command_lines(clean(used.launch_command), style.width - 2)
    return style.labelled("Serve with", lines, INDENT) + [
        "  " + style.paint(line, "accent") for line in command
    ]


def command_lines(command: str, width: int) -> list[str]:
    """A shell command over several lines that can be pasted as they are.

    It is broken before flags only; a piece that is longer than a line stays whole.
    """
    pieces = [""]
    for word in command.split(" "):
        if word.startswith("--") and pieces[-1]:
            pieces.append(word)
        else:
            pieces[-1] = f"{pieces[-1]} {word}" if pieces[-1] else word
    lines = [pieces[0]]
    for piece in pieces[1:]:
        joined = f"{lines[-1]} {piece}"
        if width_of(joined) <= width - 2:
            lines[-1] = joined
        else:
            lines.append(f"  {piece}")
    return [line + " \\" for line in lines[:-1]] + lines[-1:]
