import type { Page } from 'playwright-core'

/**
 * What keeps somebody from using a page, as far as a program can tell (after WCAG 2.2 and the rules of axe-core): names, landmarks, headings,
 * references, contrast, and a page that scrolls sideways.
 */
export async function pageFaults(page: Page, { withColors = true } = {}): Promise<string[]> {
  await settle(page)
  return page.evaluate((withColors) => {
    const faults: string[] = []
    const root = document.documentElement
    const isShown = (element: Element): boolean => {
      if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) return false
      return element.closest('[aria-hidden="true"]') === null
    }
    const describe = (element: Element): string => element.outerHTML.slice(0, 120)

    if (root.scrollWidth > root.clientWidth) {
      const widest = [...document.querySelectorAll('body *')]
        .filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1 && isShown(one))
        .slice(0, 3)
        .map(describe)
      faults.push(`the page scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}: ${widest.join(' ; ')}`)
    }
    if (!root.lang) faults.push('the page has no language')
    if (!document.title) faults.push('the page has no title')
    const headings = [...document.querySelectorAll('h1')].filter(isShown)
    if (headings.length !== 1) faults.push(`the page has ${headings.length} main headings`)
    if ([...document.querySelectorAll('main')].filter(isShown).length !== 1) faults.push('the page has not one main landmark')

    const ids = new Map<string, number>()
    for (const { id } of document.querySelectorAll('[id]')) ids.set(id, (ids.get(id) ?? 0) + 1)
    for (const [id, count] of ids) if (count > 1) faults.push(`the id ${id} is there ${count} times`)
    for (const element of document.querySelectorAll('[aria-labelledby], [aria-describedby]')) {
      for (const attribute of ['aria-labelledby', 'aria-describedby']) {
        for (const id of element.getAttribute(attribute)?.split(/\s+/) ?? [])
          if (id && !document.getElementById(id)) faults.push(`${attribute} leads nowhere: ${describe(element)}`)
      }
    }

    const nameOf = (element: Element): string => {
      const labelled = element
        .getAttribute('aria-labelledby')
        ?.split(/\s+/)
        .map((id) => document.getElementById(id)?.textContent ?? '')
        .join(' ')
      const labels = [...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent).join(' ')
      return (
        (element.getAttribute('aria-label') ?? labelled ?? '') ||
        labels ||
        (element.textContent ?? '') ||
        (element.getAttribute('title') ?? '')
      )
    }
    const operable =
      'a[href], button, input, select, textarea, [role="button"], [role="tab"], [role="treeitem"], [role="radio"], [role="textbox"], dialog'
    for (const element of document.querySelectorAll(operable)) {
      if (!isShown(element)) continue
      const name = element.matches('input, select, textarea')
        ? nameOf(element).replace((element as HTMLSelectElement).matches('select') ? (element.textContent ?? '') : '', '')
        : nameOf(element)
      if (name.trim() === '') faults.push(`has no name: ${describe(element)}`)
      if ((element as HTMLElement).tabIndex > 0) faults.push(`jumps in the order of focus: ${describe(element)}`)
    }
    for (const element of document.querySelectorAll('img:not([alt])')) faults.push(`an image without alt: ${describe(element)}`)
    for (const element of document.querySelectorAll('svg')) {
      const isNamed = element.getAttribute('role') === 'img' && element.hasAttribute('aria-label')
      if (!isNamed && isShown(element)) faults.push(`a picture that is neither hidden nor named: ${describe(element)}`)
    }

    if (!withColors) return faults
    // Contrast, WCAG 2.2, 1.4.3: 4.5, or 3 for large text. Colours of any notation are drawn, and read back as sRGB.
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 1
    const drawing = canvas.getContext('2d', { willReadFrequently: true })
    const known = new Map<string, number[]>()
    const read = (color: string): number[] => {
      const before = known.get(color)
      if (before) return before
      drawing?.clearRect(0, 0, 1, 1)
      if (drawing) drawing.fillStyle = color
      drawing?.fillRect(0, 0, 1, 1)
      const [r = 0, g = 0, b = 0, a = 0] = drawing?.getImageData(0, 0, 1, 1).data ?? []
      const value = [r, g, b, a / 255]
      known.set(color, value)
      return value
    }
    const over = ([r = 0, g = 0, b = 0, a = 0]: number[], [r2 = 0, g2 = 0, b2 = 0]: number[]): number[] => [
      r * a + r2 * (1 - a),
      g * a + g2 * (1 - a),
      b * a + b2 * (1 - a),
      1,
    ]
    const ground = (element: Element | null): number[] => {
      const layers: number[][] = []
      for (let one = element; one; one = one.parentElement) {
        const layer = read(getComputedStyle(one).backgroundColor)
        layers.push(layer)
        if (layer[3] === 1) break
      }
      return layers
        .reverse()
        .reduce((below, layer) => over(layer, below), read(getComputedStyle(root).colorScheme === 'dark' ? 'black' : 'white'))
    }
    const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
      const linear = (value: number): number => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
      return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const faint = new Map<string, string>()
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement
      if (!element || !node.textContent?.trim() || !isShown(element)) continue
      // What cannot be used now may be faint (WCAG 1.4.3, inactive components); what lies behind an open dialog as well.
      if (element.closest('[aria-disabled="true"], :disabled, option, .visually-hidden')) continue
      if (document.querySelector('dialog[open]') && !element.closest('dialog[open]')) continue
      const style = getComputedStyle(element)
      const below = ground(element)
      const text = over(read(style.color), below)
      const [light, dark] = [luminance(text), luminance(below)].toSorted((a, b) => b - a)
      const ratio = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
      const size = Number.parseFloat(style.fontSize)
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
      if (ratio < (isLarge ? 3 : 4.5) - 0.05)
        faint.set(
          `${element.className} ${style.color}`,
          `contrast ${ratio.toFixed(2)}: "${node.textContent.trim().slice(0, 30)}" in ${describe(element)}`,
        )
    }
    return [...faults, ...[...faint.values()].slice(0, 8)]
  }, withColors)
}

/** After a change of size or colours: laid out anew, and every transition at its end. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve))
    await frame()
    for (let left = 10; left > 0; left--) {
      const running = document.getAnimations().filter((one) => one instanceof CSSTransition)
      if (running.length === 0) break
      for (const one of running) one.finish()
      await frame()
    }
    await frame()
  })
}

/** Whether what has the focus shows it: by an outline, or by a look that differs from that of the same element without. */
export function focusFault(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (!(element instanceof HTMLElement) || element === document.body) return undefined
    const looks = (): string =>
      [element, element.parentElement, element.firstElementChild]
        .map((one) => {
          if (!one) return ''
          const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor, translate, textDecorationLine } =
            getComputedStyle(one)
          return [
            outlineStyle,
            outlineWidth,
            outlineStyle === 'none' ? '' : outlineColor,
            boxShadow,
            borderColor,
            backgroundColor,
            translate,
            textDecorationLine,
          ].join()
        })
        .join('|')
    const focused = looks()
    element.blur()
    const without = looks()
    element.focus()
    return focused === without ? element.outerHTML.slice(0, 160) : undefined
  })
}
