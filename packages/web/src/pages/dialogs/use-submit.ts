import { useState } from 'react'

/** Sends something once at a time, and keeps the refusal to be shown. */
export function useSubmit(work: () => Promise<void>, onDone: () => void): { isBusy: boolean; error: unknown; submit: () => void } {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  return {
    isBusy,
    error,
    submit: () => {
      if (isBusy) return
      setBusy(true)
      setError(undefined)
      work().then(onDone, (cause: unknown) => {
        setError(cause)
        setBusy(false)
      })
    },
  }
}
