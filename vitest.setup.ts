import { vi } from 'vitest'

/** No test is about how fast this machine is: what is waited for may take its time. */
const patienceMs = 20_000
const { waitFor } = vi

vi.waitFor = (callback, options) => waitFor(callback, typeof options === 'number' ? options : { timeout: patienceMs, ...options })
