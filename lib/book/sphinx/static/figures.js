// Makes a figure interactive when it comes near the window. Its picture stands there until then, on
// paper, and where no script runs.
const folder = new URL('.', document.currentScript.src);
let plotly;

function loadPlotly() {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL('plotly.min.js', folder).href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = reject;
    document.head.append(script);
  });
  return plotly;
}

async function draw(plot) {
  const { newPlot } = await loadPlotly();
  const { data, layout } = JSON.parse(plot.querySelector('script').textContent);
  const drawing = document.createElement('div');
  drawing.className = 'drawing';
  // A chart is as wide as its place, a drawing as it is.
  drawing.style.width = layout.width ? `${layout.width}px` : '100%';
  plot.append(drawing);
  await document.fonts.ready;
  await newPlot(drawing, data, layout, { responsive: true, displaylogo: false });
  plot.classList.add('drawn');
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target);
    }
  },
  { rootMargin: '300px' },
);
for (const plot of document.querySelectorAll('.plot')) near.observe(plot);

// What is wider or longer than its place is moved by keys too.
const scrolled = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight)
      target.tabIndex = 0;
    else target.removeAttribute('tabindex');
  }
});
for (const place of document.querySelectorAll('.plot, pre, .table-wrapper, .cell_output'))
  scrolled.observe(place);
