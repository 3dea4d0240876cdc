import type { LogOptions } from '@plimsoll/kube'
import type { OutputLog } from '@plimsoll/processes'

/** A container's log as the API gives it. Lines keep their bytes; `limitBytes` may cut one. */
export async function* readContainerLog(log: OutputLog, options: LogOptions, now: number): AsyncGenerator<Buffer, void, undefined> {
  const since =
    options.sinceTime !== undefined
      ? Date.parse(options.sinceTime)
      : options.sinceSeconds !== undefined
        ? now - options.sinceSeconds * 1000
        : undefined
  const lines = log.lines({
    follow: options.follow === true,
    ...(options.tailLines === undefined ? {} : { tailLines: options.tailLines }),
    ...(since === undefined || Number.isNaN(since) ? {} : { since }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  for await (const { bytes, time } of lines) {
    const line = options.timestamps ? Buffer.concat([Buffer.from(`${nanoTime(time)} `), bytes]) : bytes
    yield line.length > left ? line.subarray(0, left) : line
    left -= line.length
    if (left <= 0) return
  }
}

/** RFC 3339 with nine digits, of which we know three. */
function nanoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000000Z`
}
