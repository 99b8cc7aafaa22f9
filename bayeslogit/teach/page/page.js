// What the page does: lessons, controls, students that are moved, and one question to the
// posterior after another. Never more than one question is under way; while it is, the newest
// state waits, and older ones are forgotten.

const PAGE = `
<header>
  <h1>bayeslogit classroom</h1>
  <div class="lessons" role="group" aria-label="Lessons"></div>
  <div class="tools">
    <button type="button" class="larger" title="Larger type">A+</button>
    <button type="button" class="theme"></button>
  </div>
</header>
<section class="lesson" aria-label="The question">
  <p class="question"></p>
  <p class="predict"></p>
  <div class="choices" role="group" aria-label="Your prediction"></div>
  <div class="seen" aria-live="polite" hidden>
    <p class="because"></p>
    <ol class="steps"></ol>
  </div>
</section>
<section class="curve" aria-label="The curve, the students and the controls">
  <canvas class="main" tabindex="0" role="application" aria-describedby="keys"></canvas>
  <ul class="legend">
    <li><i class="solid"></i>posterior mean, with 50 % and 89 % bands</li>
    <li class="if-likeliest"><i class="dots"></i>maximum likelihood</li>
    <li class="if-truth"><i class="dashes"></i>truth</li>
    <li><i class="full"></i>passed</li>
    <li><i class="open"></i>failed</li>
  </ul>
  <div class="controls" role="group" aria-label="Controls">
  <label>Prior width <b class="width-value"></b>
    <input type="range" class="width" min="0" step="1"></label>
  <label>Students <b class="number-value"></b>
    <input type="range" class="number" min="0" step="1"></label>
  <div class="buttons">
    <label>Link <select class="link"></select></label>
    <button type="button" class="again">Draw another class</button>
    <button type="button" class="reset">Start again</button>
  </div>
  </div>
  <dl aria-label="In numbers"></dl>
  <p class="notes" role="status"></p>
</section>
<section class="panels" aria-label="Slope, prior and predictive check">
  <figure><figcaption>The slope: <b class="before">before</b> and <b class="after">after</b> the data</figcaption>
    <canvas class="slope" role="img"></canvas></figure>
  <figure><figcaption>Curves that the <b class="before">prior</b> expects</figcaption>
    <canvas class="prior" role="img"></canvas></figure>
  <figure><figcaption>Check: observed shares (◇) and <b class="after">simulated</b> classes</figcaption>
    <canvas class="check" role="img"></canvas></figure>
</section>
<section class="numbers" aria-label="About this page">
  <p class="about"></p>
  <p class="keys" id="keys">Drag a student: sideways changes the hours, up or down the outcome.
  Keys: Page Up and Page Down choose a student, arrows move the chosen one.</p>
  <p class="how"></p>
</section>
<p class="said" role="status"></p>`;

const SIZES = [1, 1.3, 1.6];

function render({ model, el }) {
  const settings = model.get("settings");
  const page = document.createElement("div");
  page.className = "classroom";
  page.innerHTML = PAGE;
  el.append(page);
  const find = (name) => page.querySelector(name);
  const main = find("canvas.main"), widths = settings.widths;
  const state = { lesson: 0, seed: 1 };
  let numbers = settings.numbers, answer = null, frameOfMain = null;

  // ---- questions to the posterior
  let seq = 0, underWay = 0, waiting = false, moved = 0, begun = 0, patience = 0;

  function ask() {
    if (!moved) moved = performance.now();
    if (underWay) { waiting = true; return; }
    underWay = ++seq;
    begun = moved;
    moved = 0;
    waiting = false;
    model.send({
      seq,
      hours: state.hours.slice(0, state.number),
      passed: state.passed.slice(0, state.number),
      width: state.width, link: state.link, mark: state.mark,
    });
    patience = setTimeout(() => { underWay = 0; ask(); }, 8000);
  }

  function heard(content, buffers) {
    if (content.lesson !== undefined) { newClass(content); return; }
    if (content.seq !== underWay) return;
    clearTimeout(patience);
    underWay = 0;
    if (content.error) {
      find(".notes").textContent = content.error;
    } else {
      answer = unpacked(content.lengths, buffers[0]);
      page.answer = answer;
      write(content);
      drawAll();
      const from = begun;
      requestAnimationFrame(() => {
        page.dataset.milliseconds = (performance.now() - from).toFixed(1);
        page.dataset.seq = content.seq;
        find(".how").textContent = `${content.how}; ${Math.round(page.dataset.milliseconds)} ms from your move to the new band`;
      });
    }
    if (waiting) ask();
  }

  function unpacked(lengths, buffer) {
    const bytes = buffer.buffer ? buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength) : buffer;
    const found = {};
    let start = 0;
    for (const [name, length] of Object.entries(lengths)) {
      found[name] = new Float32Array(bytes, 4 * start, length);
      start += length;
    }
    return found;
  }

  // ---- drawing and writing
  function drawMain() { frameOfMain = drawCurve(main, answer, state, settings); }

  function drawAll() {
    drawMain();
    if (!answer) return;
    drawSlope(find("canvas.slope"), answer, state);
    drawPrior(find("canvas.prior"), answer, settings);
    drawCheck(find("canvas.check"), answer, settings);
  }

  function write(content) {
    find("dl").replaceChildren(...content.facts.map(([label, text]) => {
      const pair = document.createElement("div");
      pair.append(Object.assign(document.createElement("dt"), { textContent: label }));
      pair.append(Object.assign(document.createElement("dd"), { textContent: text }));
      return pair;
    }));
    find(".notes").textContent = content.notes.join(" ");
    find(".if-likeliest").hidden = !answer.likeliest.length;
    const [slope, ...others] = content.facts.map(([label, text]) => `${label}: ${text}`);
    main.setAttribute("aria-label", `Probability of passing by hours of study. ${others.join(". ")}`);
    find("canvas.slope").setAttribute("aria-label", `Density of the slope. ${slope}`);
    find("canvas.prior").setAttribute("aria-label", `Curves drawn from a prior of width ${state.width}`);
    find("canvas.check").setAttribute("aria-label", `Shares passed. ${others.at(-1)}`);
  }

  function showControls() {
    const width = find("input.width"), number = find("input.number");
    width.max = widths.length - 1;
    width.value = nearest(widths, state.width);
    numbers = settings.numbers.filter((n) => n <= settings.lessons[state.lesson].most);
    number.max = numbers.length - 1;
    number.value = nearest(numbers, state.number);
    find("select.link").value = state.link;
    find(".width-value").textContent = `sd ${state.width} per hour`;
    find(".number-value").textContent = state.number;
    width.setAttribute("aria-valuetext", `sd ${state.width} per hour`);
    number.setAttribute("aria-valuetext", `${state.number} students`);
  }

  function nearest(values, wanted) {
    let best = 0;
    values.forEach((v, i) => { if (Math.abs(v - wanted) < Math.abs(values[best] - wanted)) best = i; });
    return best;
  }

  function change(what) {
    Object.assign(state, what);
    if (state.chosen >= state.number) state.chosen = -1;
    showControls();
    drawMain();
    ask();
  }

  // ---- lessons
  function open(index) {
    const lesson = settings.lessons[index];
    find(".question").textContent = lesson.question;
    find(".predict").textContent = lesson.predict;
    find(".because").textContent = lesson.because;
    find(".about").textContent = lesson.about;
    find(".seen").hidden = true;
    find(".if-truth").hidden = !lesson.truth.length;
    find(".again").hidden = lesson.most === lesson.number;
    [...find(".lessons").children].forEach((b, i) => b.setAttribute("aria-pressed", i === index));
    find(".choices").replaceChildren(...lesson.choices.map((text, i) => button(text, () => predict(lesson, i))));
    find(".steps").replaceChildren(...lesson.steps.map((step) => {
      const item = document.createElement("li");
      const says = Object.assign(document.createElement("span"), { textContent: step.says });
      item.append(button("Show", () => show(lesson, step)), says);
      return item;
    }));
    change({
      lesson: index, seed: 1, chosen: -1, link: "logit", truth: lesson.truth, mark: lesson.mark,
      width: lesson.width, number: lesson.number, hours: [...lesson.hours], passed: [...lesson.passed],
    });
  }

  function predict(lesson, choice) {
    [...find(".choices").children].forEach((b, i) => {
      b.setAttribute("aria-pressed", i === choice);
      b.classList.toggle("right", i === lesson.right);
    });
    const verdict = choice === lesson.right ? "Yes. " : `No: “${lesson.choices[lesson.right]}”. `;
    find(".because").textContent = verdict + lesson.because;
    find(".seen").hidden = false;
  }

  function show(lesson, step) {
    const hours = [...lesson.hours], passed = [...lesson.passed];
    if (step.move) hours[step.move[0]] = step.move[1];
    change({ hours, passed, width: step.width, number: step.number, link: "logit", chosen: step.move ? step.move[0] : -1 });
  }

  function newClass(content) {
    if (content.lesson === state.lesson) change({ hours: content.hours, passed: content.passed, chosen: -1 });
  }

  function button(text, act) {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.addEventListener("click", act);
    return made;
  }

  // ---- students, by mouse, finger and keys
  const place = (event) => {
    const box = main.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let held = false;

  function move(i, hours, passed) {
    const to = Math.max(0, Math.min(settings.highest, Math.round(20 * hours) / 20));
    if (to === state.hours[i] && passed === state.passed[i]) return;
    state.hours[i] = to;
    state.passed[i] = passed;
    change({});
  }

  const say = () => {
    const i = state.chosen;
    find(".said").textContent = i < 0 ? "" :
      `Student ${i + 1} of ${state.number}: ${state.hours[i]} hours, ${state.passed[i] ? "passed" : "failed"}`;
  };

  main.addEventListener("pointerdown", (event) => {
    state.chosen = studentNear(frameOfMain, state, ...place(event));
    held = state.chosen >= 0;
    if (held) main.setPointerCapture(event.pointerId);
    drawMain();
    say();
  });
  main.addEventListener("pointermove", (event) => {
    const [px, py] = place(event);
    if (held) move(state.chosen, frameOfMain.valueX(px), frameOfMain.valueY(py) > 0.5 ? 1 : 0);
    else main.style.cursor = studentNear(frameOfMain, state, px, py) < 0 ? "default" : "grab";
  });
  for (const end of ["pointerup", "pointercancel"]) {
    main.addEventListener(end, () => { if (held) say(); held = false; });
  }
  // A finger on a student drags it; anywhere else it scrolls the page.
  main.addEventListener("touchstart", (event) => {
    if (studentNear(frameOfMain, state, ...place(event.touches[0])) >= 0) event.preventDefault();
  }, { passive: false });
  main.addEventListener("keydown", (event) => {
    const order = [...Array(state.number).keys()].sort((a, b) => state.hours[a] - state.hours[b] || a - b);
    const at = order.indexOf(state.chosen), last = order.length - 1, i = state.chosen;
    const next = { PageDown: at + 1, PageUp: at < 0 ? last : at - 1, Home: 0, End: last }[event.key];
    const step = event.shiftKey ? 0.5 : 0.1;
    if (next !== undefined) {
      state.chosen = order[(next + order.length) % order.length];
      drawMain();
    } else if (i >= 0 && event.key === "ArrowRight") move(i, state.hours[i] + step, state.passed[i]);
    else if (i >= 0 && event.key === "ArrowLeft") move(i, state.hours[i] - step, state.passed[i]);
    else if (i >= 0 && event.key === "ArrowUp") move(i, state.hours[i], 1);
    else if (i >= 0 && event.key === "ArrowDown") move(i, state.hours[i], 0);
    else return;
    event.preventDefault();
    say();
  });

  // ---- controls
  find("input.width").addEventListener("input", (event) => change({ width: widths[event.target.value] }));
  find("input.number").addEventListener("input", (event) => change({ number: numbers[event.target.value] }));
  find("select.link").addEventListener("change", (event) => change({ link: event.target.value }));
  find("select.link").replaceChildren(...settings.links.map((name) => new Option(name, name)));
  find(".reset").addEventListener("click", () => open(state.lesson));
  find(".again").addEventListener("click", () => model.send({ lesson: state.lesson, seed: (state.seed += 1) }));
  find(".lessons").replaceChildren(...settings.lessons.map((lesson, i) => button(`${i + 1}. ${lesson.title}`, () => open(i))));

  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (page.dataset.theme ? page.dataset.theme === "dark" : system.matches);
  const setTheme = () => {
    page.classList.toggle("dark", dark());
    find(".theme").textContent = dark() ? "Light" : "Dark";
    drawAll();
  };
  find(".theme").addEventListener("click", () => { page.dataset.theme = dark() ? "light" : "dark"; setTheme(); });
  let size = 0;
  find(".larger").addEventListener("click", () => {
    size = (size + 1) % SIZES.length;
    page.style.setProperty("--zoom", SIZES[size]);
    find(".larger").textContent = size === SIZES.length - 1 ? "A−" : "A+";
    drawAll();
  });
  const resized = new ResizeObserver(drawAll);
  resized.observe(page);
  system.addEventListener("change", setTheme);
  model.on("msg:custom", heard);

  // For tests: what is drawn, and where.
  page.state = state;
  page.placeOf = (i) => {
    const box = main.getBoundingClientRect();
    const height = studentAt(i, state.passed[i]);
    return [box.left + frameOfMain.placeX(state.hours[i]), box.top + frameOfMain.placeY(height)];
  };
  open(0);
  setTheme();
  return () => {
    clearTimeout(patience);
    resized.disconnect();
    system.removeEventListener("change", setTheme);
    model.off("msg:custom", heard);
  };
}

export default { render };
