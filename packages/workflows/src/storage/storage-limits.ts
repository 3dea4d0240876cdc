/** What runs may leave behind, in bytes as they are kept: zips of artifacts, archives of caches. */
export interface StorageLimits {
  /** Of all artifacts of one run together. */
  artifactsOfRun: number
  /** Of all artifacts of a repository that have not expired. */
  artifactsOfRepository: number
  /** Of all caches of a repository: those that were used longest ago make room (GitHub: 10 GB). */
  cachesOfRepository: number
}

const gibibyte = 1024 ** 3

export const defaultStorage: StorageLimits = {
  artifactsOfRun: 10 * gibibyte,
  artifactsOfRepository: 50 * gibibyte,
  cachesOfRepository: 10 * gibibyte,
}

/** `9.8 GiB`. */
export function inUnits(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1).replace(/\.0$/, '')} ${units[unit] ?? ''}`
}
