import type { Page } from 'playwright-core'

/** From now on notes each change of place of these elements, at every frame that is drawn. Their size counts unless `onlyCorner`. */
export async function watchPlaces(page: Page, selector: string, { onlyCorner = false } = {}): Promise<void> {
  await page.evaluate(
    ({ selector, onlyCorner }) => {
      const placeOf = (element: Element): string => {
        const { x, y, width, height } = element.getBoundingClientRect()
        return [x, y, ...(onlyCorner ? [] : [width, height])].map(Math.round).join(' ')
      }
      const first = new Map([...document.querySelectorAll(selector)].map((element) => [element, placeOf(element)]))
      if (first.size === 0) throw new Error(`Nothing to watch: ${selector}`)
      const seen: string[] = []
      Object.assign(window, { placesSeen: seen })
      const look = (): void => {
        for (const [element, before] of first) {
          const now = element.isConnected ? placeOf(element) : 'gone'
          if (now !== before) seen.push(`${element.tagName} ${(element.textContent ?? '').slice(0, 20)}: ${before} became ${now}`)
        }
        requestAnimationFrame(look)
      }
      look()
    },
    { selector, onlyCorner },
  )
}

/** What has changed its place since, each change once. */
export function placesSeen(page: Page): Promise<string[]> {
  return page.evaluate(() => [...new Set((window as unknown as { placesSeen: string[] }).placesSeen)])
}
