/**
 * Looks soon after it is told to, and once more when it was told to meanwhile: never two looks at the same time, and at most one every `everyMs`.
 * What is told during a look is not missed, however long the look takes.
 */
export function lookAgain(look: () => Promise<unknown>, { settleMs, everyMs }: { settleMs: number; everyMs: number }) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isBusy = false
  let isWanted = false
  let isStopped = false

  async function run(): Promise<void> {
    isWanted = false
    await look().catch(() => undefined)
    if (!isStopped) timer = setTimeout(rest, everyMs)
  }

  function rest(): void {
    isBusy = false
    if (isWanted) soon()
  }

  function soon(): void {
    isWanted = true
    if (isBusy || isStopped) return
    isBusy = true
    timer = setTimeout(() => void run(), settleMs)
  }

  return {
    soon,
    stop(): void {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
