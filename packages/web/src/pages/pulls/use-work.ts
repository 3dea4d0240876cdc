import { useState } from 'react'

/** Something that may be done again and again, one at a time; a refusal is kept to be shown until the next time. */
export function useWork(work: () => Promise<unknown>): { isBusy: boolean; error: unknown; start: () => void; forget: () => void } {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  return {
    isBusy,
    error,
    forget: () => setError(undefined),
    start: () => {
      if (isBusy) return
      setBusy(true)
      setError(undefined)
      work()
        .catch(setError)
        .finally(() => setBusy(false))
    },
  }
}
