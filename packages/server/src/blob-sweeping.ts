import type { Log } from '@plimsoll/applications'
import type { Records } from '@plimsoll/records'

/** All that keep blobs. Models do for ever: what was deployed has to be shown for ever. */
const rooms = ['workflows', 'models']
/** Not while the server comes up. */
const firstAfterMs = 10 * 60_000
const everyMs = 24 * 60 * 60_000

/** Once a day takes away the content of artifacts and caches that are past their time, and of uploads that came to nothing. Returns the way to stop. */
export function keepBlobsSwept(records: Pick<Records, 'sweepBlobs'>, log: Log): () => Promise<void> {
  let sweeping: Promise<void> = Promise.resolve()
  let timer = setTimeout(sweep, firstAfterMs).unref()

  function sweep(): void {
    timer = setTimeout(sweep, everyMs).unref()
    sweeping = records.sweepBlobs(rooms).then(
      (swept) => {
        if (swept.blobs > 0) log.info(swept, 'content that nobody refers to any more is gone')
      },
      (error: unknown) => log.error({ error: String(error) }, 'content that nobody refers to could not be taken away'),
    )
  }

  return async () => {
    clearTimeout(timer)
    await sweeping
  }
}
