// How to draw: a frame with labelled axes on a canvas, and the four pictures in it.
// Colours and the size of letters are those of the page's style, so that both follow the theme.

const TAU = 2 * Math.PI;

function look(canvas) {
  const style = getComputedStyle(canvas);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"), quiet: of("quiet"), line: of("line"), model: of("model"), prior: of("prior"),
    mark: of("mark"), paper: of("paper"), size: parseFloat(style.fontSize), family: style.fontFamily,
  };
}

// About five round numbers that lie in [low, high].
function ticks(low, high, wanted = 5) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found;
}

// Clear a canvas, draw axes with titles, and return places for values.
function frame(canvas, { x, y, xTitle, yTitle, xTicks = null, yTicks = null }) {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  const dense = window.devicePixelRatio || 1;
  const pixels = [Math.round(width * dense), Math.round(height * dense)];
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  const colours = look(canvas), { size } = colours;
  const pen = canvas.getContext("2d");
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = `${size}px ${colours.family}`;
  const rows = yTicks || ticks(...y, Math.max(2, Math.floor(height / (3 * size))));
  const columns = xTicks || ticks(...x, Math.max(2, Math.floor(width / (4.5 * size))));
  const widest = Math.max(0, ...rows.map((v) => pen.measureText(String(v)).width));
  const box = { left: widest + 2.1 * size, right: width - 0.7 * size, top: 0.6 * size, bottom: height - 2.9 * size };
  const placeX = (v) => box.left + ((v - x[0]) / (x[1] - x[0])) * (box.right - box.left);
  const placeY = (v) => box.bottom - ((v - y[0]) / (y[1] - y[0])) * (box.bottom - box.top);
  pen.lineWidth = 1;
  pen.strokeStyle = colours.line;
  pen.fillStyle = colours.ink;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const v of columns) {
    segment(pen, placeX(v), box.bottom, placeX(v), box.bottom + 0.3 * size);
    pen.fillText(String(v), placeX(v), box.bottom + 0.4 * size);
  }
  pen.fillText(xTitle, (box.left + box.right) / 2, height - 1.25 * size, box.right);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const v of rows) {
    segment(pen, box.left, placeY(v), box.right, placeY(v));
    pen.fillText(String(v), box.left - 0.4 * size, placeY(v));
  }
  pen.save();
  pen.translate(0.75 * size, (box.top + box.bottom) / 2);
  pen.rotate(-TAU / 4);
  pen.textAlign = "center";
  pen.fillText(yTitle, 0, 0, box.bottom - box.top + size);
  pen.restore();
  segment(pen, box.left, box.bottom, box.right, box.bottom);
  return {
    pen, box, placeX, placeY, colours, size,
    valueX: (px) => x[0] + ((px - box.left) / (box.right - box.left)) * (x[1] - x[0]),
    valueY: (py) => y[0] + ((box.bottom - py) / (box.bottom - box.top)) * (y[1] - y[0]),
  };
}

function segment(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

function path({ pen, placeX, placeY }, xs, ys) {
  pen.beginPath();
  for (let i = 0; i < xs.length; i += 1) pen.lineTo(placeX(xs[i]), placeY(ys[i]));
}

function line(at, xs, ys, colour, width, dash = []) {
  const { pen } = at;
  path(at, xs, ys);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
}

function band(at, xs, low, high, colour, opacity) {
  const { pen, placeX, placeY } = at;
  path(at, xs, high);
  for (let i = xs.length - 1; i >= 0; i -= 1) pen.lineTo(placeX(xs[i]), placeY(low[i]));
  pen.closePath();
  fill(pen, colour, opacity);
}

function fill(pen, colour, opacity) {
  pen.globalAlpha = opacity;
  pen.fillStyle = colour;
  pen.fill();
  pen.globalAlpha = 1;
}

// Where a student is drawn: below the axis of 0 or above that of 1, spread so that none hides.
function studentAt(i, passed) {
  const spread = 0.1 * ((i * 0.6180339887) % 1);
  return passed ? 1.04 + spread : -0.04 - spread;
}

// The curve with its bands, and the students; the frame is returned, since points are caught in it.
function drawCurve(canvas, answer, state, settings) {
  const at = frame(canvas, {
    x: [0, settings.highest], y: [-0.17, 1.17], yTicks: [0, 0.2, 0.4, 0.6, 0.8, 1],
    xTitle: "hours of study", yTitle: "probability of passing",
  });
  const { pen, placeX, placeY, colours, size } = at, grid = settings.grid;
  if (answer) {
    band(at, grid, answer.low, answer.high, colours.model, 0.2);
    band(at, grid, answer.inner_low, answer.inner_high, colours.model, 0.3);
    line(at, grid, answer.mean, colours.model, size / 5);
    if (answer.likeliest.length) line(at, grid, answer.likeliest, colours.quiet, size / 8, [size / 8, size / 3]);
  }
  if (state.truth.length) line(at, grid, state.truth, colours.ink, size / 7, [0.9 * size, size / 2]);
  line(at, [state.mark, state.mark], [0, 1], colours.mark, 1.5);
  if (answer) {
    const [mean, low, high] = Array.from(answer.at);
    line(at, [state.mark, state.mark], [low, high], colours.mark, size / 3);
    const percent = (v) => (100 * v).toFixed(0);
    const text = `${percent(mean)} % (${percent(low)} to ${percent(high)} %)`;
    pen.textAlign = "left";
    pen.strokeStyle = colours.paper;
    pen.lineWidth = size / 3;
    pen.fillStyle = colours.mark;
    const place = [placeX(state.mark) + size / 2, placeY(0.07)];
    pen.strokeText(text, ...place);
    pen.fillText(text, ...place);
  }
  const radius = Math.max(3, Math.min(size / 2, (20 * size) / (30 + state.number)));
  for (let i = 0; i < state.number; i += 1) {
    const px = placeX(state.hours[i]), py = placeY(studentAt(i, state.passed[i]));
    pen.beginPath();
    pen.arc(px, py, radius, 0, TAU);
    fill(pen, state.passed[i] ? colours.ink : colours.paper, 0.9);
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 1.5;
    pen.stroke();
    if (i === state.chosen) {
      pen.beginPath();
      pen.arc(px, py, radius + size / 3, 0, TAU);
      pen.strokeStyle = colours.mark;
      pen.lineWidth = size / 6;
      pen.stroke();
    }
  }
  return at;
}

// The student within reach of a place, or -1.
function studentNear(at, state, px, py) {
  let found = -1, least = Math.max(22, 1.4 * at.size);
  for (let i = 0; i < state.number; i += 1) {
    const dx = at.placeX(state.hours[i]) - px, dy = at.placeY(studentAt(i, state.passed[i])) - py;
    const away = Math.hypot(dx, dy);
    if (away < least) [found, least] = [i, away];
  }
  return found;
}

// The density of the slope before and after the data.
function drawSlope(canvas, answer, state) {
  const { slope, after, prior_slope: wide, before } = answer;
  const low = Math.min(slope[0], wide[0], 0), high = Math.max(slope.at(-1), wide.at(-1), 0);
  const top = 1.08 * Math.max(...after, ...before);
  const unit = state.link === "logit" ? "log-odds per hour" : `per hour, ${state.link} scale`;
  const at = frame(canvas, { x: [low, high], y: [0, top], yTicks: [], xTitle: `slope (${unit})`, yTitle: "density" });
  const { pen, placeX, box, colours, size } = at, ground = (v) => v.map(() => 0);
  band(at, wide, ground(wide), before, colours.prior, 0.25);
  line(at, wide, before, colours.prior, size / 7, [size / 2, size / 3]);
  band(at, slope, ground(slope), after, colours.model, 0.35);
  line(at, slope, after, colours.model, size / 6);
  line(at, [0, 0], [0, top], colours.quiet, 1);
  if (answer.likeliest_slope.length && answer.likeliest_slope[0] <= high) {
    const px = placeX(answer.likeliest_slope[0]);
    pen.strokeStyle = colours.quiet;
    pen.lineWidth = size / 8;
    pen.setLineDash([size / 8, size / 3]);
    segment(pen, px, box.top, px, box.bottom);
    pen.setLineDash([]);
  }
}

// Curves drawn from the prior.
function drawPrior(canvas, answer, settings) {
  const at = frame(canvas, {
    x: [0, settings.highest], y: [0, 1], yTicks: [0, 0.5, 1],
    xTitle: "hours of study", yTitle: "probability",
  });
  const grid = settings.grid, curves = answer.prior.length / grid.length;
  for (let k = 0; k < curves; k += 1) {
    line(at, grid, answer.prior.subarray(k * grid.length, (k + 1) * grid.length), at.colours.prior, at.size / 9);
  }
}

// Shares of those who passed: observed, and in classes simulated from the posterior.
function drawCheck(canvas, answer, settings) {
  const at = frame(canvas, {
    x: [0, settings.highest], y: [0, 1], yTicks: [0, 0.5, 1],
    xTitle: "hours of study", yTitle: "share passed",
  });
  const { pen, placeX, placeY, colours, size } = at;
  answer.bin.forEach((hours, k) => {
    const px = placeX(hours), py = placeY(answer.share[k]), half = 0.42 * size;
    const bar = (low, high, width, opacity) => {
      pen.globalAlpha = opacity;
      line(at, [hours, hours], [low, high], colours.model, width);
      pen.globalAlpha = 1;
    };
    bar(answer.share_low[k], answer.share_high[k], size / 4, 0.5);
    bar(answer.share_inner_low[k], answer.share_inner_high[k], size / 1.8, 0.8);
    pen.beginPath();
    for (const [dx, dy] of [[-half, 0], [0, -half], [half, 0], [0, half]]) pen.lineTo(px + dx, py + dy);
    pen.closePath();
    fill(pen, colours.paper, 1);
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 2;
    pen.stroke();
  });
}
