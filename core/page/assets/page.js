"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const word = (text) => data.words[text] || text;
  const colours = 8;
  const shapes = ["circle", "triangle", "rect", "rectRot", "circle", "triangle", "rect", "rectRot"];
  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const colour = (i) => css(i >= 0 && i < colours ? "--c" + i : "--rest");
  const faint = (hex, share) => hex + Math.round(share * 255).toString(16).padStart(2, "0");
  const format = new Intl.NumberFormat(root.lang, { maximumSignificantDigits: 4 });
  const number = (v, unit) => format.format(v) + (unit ? " " + unit : "");
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
  const tick = (v, unit) => (Math.abs(v) >= 1e4 ? short.format(v) : format.format(v)) + (unit === "%" ? " %" : "");

  const drawn = new Map(); // canvas → chart
  let group = 0; // of the cloud, by which points are coloured

  const scale = (axis, more) => ({
    type: axis.log ? "logarithmic" : "linear",
    border: { color: css("--line") },
    grid: { color: css("--grid"), drawTicks: false },
    title: { display: !!axis.title, text: axis.title + (axis.unit && axis.unit !== "%" ? " (" + axis.unit + ")" : ""), color: css("--dim"), font: { size: 12 } },
    ticks: { color: css("--dim"), padding: 6, maxTicksLimit: 6, font: { size: 11 }, callback: (v) => tick(v, axis.unit) },
    ...(axis.from !== axis.to && axis.to !== undefined ? { min: axis.from || 0, max: axis.to } : {}),
    ...more,
  });

  const tooltip = (callbacks) => ({
    backgroundColor: css("--ink"), titleColor: css("--back"), bodyColor: css("--back"),
    titleFont: { size: 12, weight: 600 }, bodyFont: { size: 12 }, padding: 9, cornerRadius: 6, displayColors: false, callbacks,
  });

  // Lines of what was before have the colour of those they are compared with:
  // the legend tells of it once, in the text of the card.
  const legendOf = (chart) => ({
    display: chart.series.length > 1 && chart.series.some((s, i) => i > 0 && (!s.before || chart.kind === "columns")),
    align: "start", position: "top",
    labels: {
      color: css("--ink"), usePointStyle: true, boxWidth: 8, boxHeight: 8, padding: 12, font: { size: 12 },
      filter: (item) => chart.kind === "columns" || !chart.series[item.datasetIndex].before,
    },
  });

  const options = (chart, scales, callbacks, more) => ({
    animation: false, responsive: true, maintainAspectRatio: false, locale: root.lang, scales,
    plugins: { legend: chart.series ? legendOf(chart) : { display: false }, tooltip: tooltip(callbacks) }, ...more,
  });

  // Marks are lines across the chart, each with its name.
  const marks = (chart) => ({
    id: "marks",
    afterDatasetsDraw(c) {
      for (const mark of chart.marks || []) {
        const y = c.scales.y.getPixelForValue(mark.at);
        const area = c.chartArea;
        if (!(y >= area.top && y <= area.bottom)) continue;
        const g = c.ctx;
        g.save();
        g.strokeStyle = g.fillStyle = css("--bad");
        g.setLineDash([2, 3]);
        g.beginPath();
        g.moveTo(area.left, y);
        g.lineTo(area.right, y);
        g.stroke();
        g.font = "11px system-ui, sans-serif";
                g.fillText(mark.name, area.left + 6, y - 5 < area.top + 8 ? y + 13 : y - 5);
        g.restore();
      }
    },
  });

  // Colours of series: what is there to compare has that of the one before it.
  const hues = (series) => {
    let next = -1;
    return series.map((s, i) => (s.before && i > 0 ? Math.max(next, 0) : ++next));
  };

  // Columns stand at whole numbers; a histogram has its edges between them.
  function columns(chart) {
    const n = chart.names.length;
    const hue = hues(chart.series);
    const single = chart.series.length === 1;
    const edges = chart.edges;
    const x = scale(chart.x, {
      type: "linear", min: -0.5, max: n - 0.5, grid: { display: false }, offset: false,
      afterBuildTicks: (axis) => {
        const room = Math.max(2, Math.floor(axis.width / 64));
        const count = edges ? n + 1 : n;
        const step = Math.max(1, Math.ceil((count - 1) / room));
        axis.ticks = [];
        for (let i = 0; i < count; i += step) axis.ticks.push({ value: edges ? i - 0.5 : i });
      },
      ticks: {
        color: css("--dim"), padding: 4, font: { size: 11 }, autoSkip: true, maxRotation: 0,
        callback: (v) => {
          const text = edges ? edges[Math.round(v + 0.5)] : chart.names[v];
          return text && text.length > 16 ? text.slice(0, 15) + "…" : text;
        },
      },
    });
    return {
      type: "bar",
      data: {
        datasets: chart.series.map((s, i) => ({
          label: s.name, data: s.values.map((v, at) => ({ x: at, y: v })),
          backgroundColor: single ? css("--fill") : faint(colour(hue[i]), s.before ? 0.4 : 1),
          borderRadius: edges ? 2 : 3, categoryPercentage: edges ? 1 : 0.72, barPercentage: single && edges ? 0.94 : 0.92,
          maxBarThickness: edges ? undefined : 46, grouped: true,
        })),
      },
      options: options(chart, { x, y: scale(chart.y, { beginAtZero: !chart.y.log }) }, {
        title: (items) => chart.names[items[0].parsed.x],
        label: (item) => (single ? "" : item.dataset.label + ": ") + number(item.parsed.y, chart.y.unit),
      }, { interaction: { mode: "index", intersect: false } }),
      plugins: [marks(chart)],
    };
  }

  function lines(chart) {
    const hue = hues(chart.series);
    const named = chart.names && chart.names.length > 0;
    const x = scale(chart.x, named ? {
      type: "linear", min: -0.2, max: chart.names.length - 0.8, grid: { display: false },
      afterBuildTicks: (axis) => { axis.ticks = chart.names.map((_, i) => ({ value: i })); },
      ticks: { color: css("--dim"), padding: 4, font: { size: 11 }, callback: (v) => chart.names[v] },
    } : {});
    return {
      type: "line",
      data: {
        datasets: chart.series.map((s, i) => ({
          label: s.name, data: s.points.map(([px, py]) => ({ x: px, y: py })),
          borderColor: faint(colour(hue[i]), s.before ? 0.65 : 1), backgroundColor: colour(hue[i]),
          borderWidth: 2, borderDash: s.before ? [5, 4] : [], pointStyle: shapes[hue[i] % 4],
          pointRadius: s.points.length > 60 ? 0 : s.before ? 2.5 : 3.5, pointHoverRadius: 5, tension: 0, spanGaps: true, clip: 8,
        })),
      },
      options: options(chart, { x, y: scale(chart.y, { beginAtZero: !chart.y.log && chart.y.to === undefined }) }, {
        title: (items) => (named ? chart.names[items[0].parsed.x] : number(items[0].parsed.x, chart.x.unit)) + (named && chart.x.title ? " · " + chart.x.title : ""),
        label: (item) => item.dataset.label + ": " + number(item.parsed.y, chart.y.unit),
      }, { interaction: { mode: "nearest", axis: "x", intersect: false } }),
      plugins: [marks(chart)],
    };
  }

  // The sets of a map: its points by the value of the chosen group.
  function sets(chart) {
    const by = data.cloud.groups[group];
    const parts = new Map();
    chart.rows.forEach((row, i) => {
      const of = by ? by.of[row] : 0;
      if (!parts.has(of)) parts.set(of, []);
      parts.get(of).push({ x: chart.places[i][0], y: chart.places[i][1], row });
    });
    const rank = (of) => (by && (of < 0 || of >= by.values.length) ? 1e3 + of : of);
    return [...parts].sort((a, b) => rank(b[0]) - rank(a[0])).map(([of, points]) => {
      const at = by && (of < 0 || of >= by.values.length) ? -1 : of;
      return {
        of, label: !by ? "" : of < 0 ? word("null") : of >= by.values.length ? word("other") : by.values[of],
        data: points, backgroundColor: faint(colour(at), 0.72), borderColor: css("--card"), borderWidth: 0.5,
        pointStyle: shapes[at] || "circle", pointRadius: points.length > 600 ? 3 : 3.6, pointHoverRadius: 6,
      };
    });
  }

  function points(chart) {
    return {
      type: "scatter",
      data: { datasets: sets(chart) },
      options: options(chart, {
        x: scale(chart.x, { ticks: { display: false }, grid: { color: css("--grid"), drawTicks: false } }),
        y: scale(chart.y, { ticks: { display: false }, grid: { color: css("--grid"), drawTicks: false } }),
      }, {
        title: (items) => wrap(data.cloud.labels[items[0].raw.row], 44),
        label: (item) => data.cloud.groups.map((g) => {
          const of = g.of[item.raw.row];
          return g.name + ": " + (of < 0 ? word("null") : of >= g.values.length ? word("other") : g.values[of]);
        }),
      }, { interaction: { mode: "nearest", intersect: true } }),
    };
  }

  function wrap(text, width) {
    const all = [];
    let line = "";
    let used = 0;
    for (const c of text) {
      const wide = c > "\u2e7f" ? 2 : 1;
      if (used + wide > width) { all.push(line); line = ""; used = 0; }
      line += c;
      used += wide;
    }
    all.push(line);
    return all.slice(0, 4);
  }

  const mark = (shape) => ({
    circle: "M6 1a5 5 0 1 0 .01 0z", triangle: "M6 1l5.2 9.5H.8z", rect: "M1.5 1.5h9v9h-9z", rectRot: "M6 .2l5.8 5.8L6 11.8.2 6z",
  })[shape];

  // The legend of a map is made of elements, so that long names wrap and can
  // be read aloud.
  function legend(canvas, chart) {
    const figure = canvas.closest("figure");
    figure.querySelector(".legend")?.remove();
    const by = data.cloud.groups[group];
    if (!by) return;
    const ul = document.createElement("ul");
    ul.className = "legend";
    if (data.cloud.groups.length > 1) {
      const li = document.createElement("li");
      const label = document.createElement("label");
      label.append(word("Colour by"));
      const select = document.createElement("select");
      data.cloud.groups.forEach((g, i) => select.add(new Option(g.name, i, false, i === group)));
      select.addEventListener("change", () => {
        group = Number(select.value);
        const id = canvas.dataset.chart;
        redraw();
        document.querySelector(`canvas[data-chart="${id}"]`).closest("figure").querySelector("select").focus();
      });
      label.append(select);
      li.append(label);
      ul.append(li);
    }
    for (const set of sets(chart).reverse()) {
      const li = document.createElement("li");
      const at = set.of >= 0 && set.of < by.values.length ? set.of : -1;
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("width", 12);
      svg.setAttribute("height", 12);
      svg.setAttribute("aria-hidden", "true");
      svg.classList.add(at < 0 || at >= colours ? "rest" : "s" + at);
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", mark(shapes[at] || "circle"));
      svg.append(path);
      const name = document.createElement("span");
      name.textContent = set.label;
      li.append(svg, name);
      ul.append(li);
    }
    figure.prepend(ul);
  }

  const kinds = { columns, lines, points };
  function draw(canvas) {
    const chart = data.charts[canvas.dataset.chart];
    drawn.get(canvas)?.destroy();
    if (chart.kind === "points") legend(canvas, chart);
    drawn.set(canvas, new Chart(canvas, kinds[chart.kind](chart)));
  }
  const canvases = [...document.querySelectorAll("canvas[data-chart]")];
  const redraw = () => { for (const canvas of drawn.keys()) draw(canvas); };

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  // One chart at a time, so that the page can be used meanwhile.
  const next = () => {
    const canvas = canvases.find((c) => !drawn.has(c));
    if (!canvas) return;
    draw(canvas);
    setTimeout(next);
  };
  setTimeout(next);

  // The theme: the system's, until the reader chooses.
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const name = () => { button.textContent = dark() ? word("Light") : word("Dark"); };
  const choose = (theme) => {
    if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
    name();
    redraw();
  };
  button.hidden = false;
  name();
  button.addEventListener("click", () => choose(dark() ? "light" : "dark"));
  system.addEventListener("change", () => choose(root.dataset.theme));

  // Paper is white, and shows what was not scrolled to.
  let before;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    for (const canvas of canvases) draw(canvas);
  });
  addEventListener("afterprint", () => choose(before));
})();
