/**
 * Does `count` things in batches of 1, 2, 4, … and stops after the first batch with a failure, as `controller.slowStartBatch`:
 * a quota that is used up costs one refused request and not five hundred.
 */
export async function slowStart(
  count: number,
  act: (index: number) => Promise<void>,
): Promise<{ succeeded: number; failure: Error | undefined }> {
  let succeeded = 0
  let started = 0
  for (let batch = 1; started < count; batch *= 2) {
    const size = Math.min(batch, count - started)
    const first = started
    const results = await Promise.allSettled(Array.from({ length: size }, (_, index) => act(first + index)))
    started += size
    succeeded += results.filter((result) => result.status === 'fulfilled').length
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined)
      return { succeeded, failure: failed.reason instanceof Error ? failed.reason : new Error(String(failed.reason)) }
  }
  return { succeeded, failure: undefined }
}
