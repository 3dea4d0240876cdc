import { useState } from 'react'

export interface Submission {
  isBusy: boolean
  /** Of the last try; undefined when it was not refused. */
  error: unknown
  submit: () => void
}

/** Sends something once at a time, and keeps the refusal to be shown. */
export function useSubmit(work: () => Promise<void>, onDone: () => void): Submission {
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
