/**
 * The part of the `reflect-metadata` package that the dependency container of @peculiar/x509 (tsyringe) calls. It refuses to load without,
 * and the package itself is not among our dependencies.
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>()

function getOwnMetadata(key: unknown, target: object): unknown {
  return metadata.get(target)?.get(key)
}

function getMetadata(key: unknown, target: object): unknown {
  for (let current: object | null = target; current !== null; current = Object.getPrototypeOf(current) as object | null) {
    if (metadata.get(current)?.has(key) === true) return getOwnMetadata(key, current)
  }
  return undefined
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  let own = metadata.get(target)
  if (own === undefined) metadata.set(target, (own = new Map()))
  own.set(key, value)
}

if (!('getMetadata' in Reflect)) Object.assign(Reflect, { getMetadata, getOwnMetadata, defineMetadata })

export {}
