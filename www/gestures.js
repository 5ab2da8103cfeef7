/** Pointer, wheel, pinch and keys to movements of the view. Calls `changed` after each. */

const STEP = 80

/**
 * @param {HTMLElement} element
 * @param {import('./view.js').View} view
 * @param {() => void} changed
 */
export function listenToGestures(element, view, changed) {
  listenToPointers(element, view, changed)
  element.addEventListener('wheel', event => onWheel(event, element, view, changed), { passive: false })
  element.addEventListener('dblclick', event => {
    view.zoomAt(event.shiftKey ? 0.5 : 2, ...placeIn(element, event))
    changed()
  })
  element.addEventListener('keydown', event => {
    const move = KEYS[event.key]
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    move(view)
    changed()
  })
}

const KEYS = {
  ArrowLeft: view => view.panBy(STEP, 0),
  ArrowRight: view => view.panBy(-STEP, 0),
  ArrowUp: view => view.panBy(0, STEP),
  ArrowDown: view => view.panBy(0, -STEP),
  '+': view => view.zoomAt(1.5),
  '=': view => view.zoomAt(1.5),
  '-': view => view.zoomAt(1 / 1.5),
  0: view => view.fit(),
  1: view => view.zoomAt(1 / view.zoom),
}

function onWheel(event, element, view, changed) {
  event.preventDefault()
  // Lines and pages as pixels; a pinch on a touchpad comes as a wheel with ctrl, and in small steps.
  const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1
  const speed = event.ctrlKey ? 0.01 : 0.0018
  const delta = Math.max(-400, Math.min(400, event.deltaY * unit))
  view.zoomAt(Math.exp(-delta * speed), ...placeIn(element, event))
  changed()
}

/** One pointer drags, two pinch. */
function listenToPointers(element, view, changed) {
  /** @type {Map<number, [number, number]>} */
  const down = new Map()
  element.addEventListener('pointerdown', event => {
    if (event.button !== 0) return
    element.setPointerCapture(event.pointerId)
    down.set(event.pointerId, placeIn(element, event))
    element.classList.add('dragging')
  })
  element.addEventListener('pointermove', event => {
    if (!down.has(event.pointerId)) return
    const before = spread([...down.values()])
    down.set(event.pointerId, placeIn(element, event))
    const after = spread([...down.values()])
    view.panBy(after.x - before.x, after.y - before.y)
    if (before.size > 0 && after.size > 0) view.zoomAt(after.size / before.size, after.x, after.y)
    changed()
  })
  for (const type of ['pointerup', 'pointercancel']) {
    element.addEventListener(type, event => {
      down.delete(event.pointerId)
      if (down.size === 0) element.classList.remove('dragging')
    })
  }
}

/** Middle of the first two pointers, and how far they are apart. */
function spread([a, b = a]) {
  return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, size: Math.hypot(a[0] - b[0], a[1] - b[1]) }
}

/** Place of a mouse event in an element, in CSS pixels. */
export function placeIn(element, event) {
  const { left, top } = element.getBoundingClientRect()
  return [event.clientX - left, event.clientY - top]
}
