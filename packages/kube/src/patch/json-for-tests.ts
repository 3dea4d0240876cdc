import fc from 'fast-check'

/** JSON values whose members may have hostile names. Made the way JSON.parse makes them: as own members. */
export function jsonValues(options: { nulls?: boolean } = {}): fc.Arbitrary<unknown> {
  const name = fc.constantFrom('a', 'b', 'c', 'name', '__proto__', 'constructor', 'toString', 'x/y', 'm~n', '')
  const scalar = fc.oneof(fc.constantFrom(1, 2, 'x', 'y', '', true, false, 0), ...(options.nulls === false ? [] : [fc.constant(null)]))
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.uniqueArray(fc.tuple(name, tie('value')), { maxLength: 5, selector: ([key]) => key }).map(fromMembers),
    ),
  }))
  return value
}

export function jsonMaps(options: { nulls?: boolean } = {}): fc.Arbitrary<Record<string, unknown>> {
  return jsonValues(options).map((value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : { a: value },
  )
}

function fromMembers(members: [string, unknown][]): Record<string, unknown> {
  return JSON.parse(`{${members.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`) as Record<
    string,
    unknown
  >
}

/** A Deployment with lists of every kind: by key, of scalars, atomic. */
export function deployments(): fc.Arbitrary<Record<string, unknown>> {
  const named = <T>(item: (name: string) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.shuffledSubarray(['a', 'b', 'c', 'd']).chain((names) => fc.tuple(...names.map(item)) as unknown as fc.Arbitrary<T[]>)
  const text = fc.constantFrom('x', 'y', 'z')
  const maybe = <T extends Record<string, fc.Arbitrary<unknown>>>(shape: T): fc.Arbitrary<Record<string, unknown>> =>
    fc.record(shape, { requiredKeys: [] }) as fc.Arbitrary<Record<string, unknown>>
  const env = named((name) =>
    fc.oneof(
      text.map((value) => ({ name, value })),
      text.map((path) => ({ name, valueFrom: { fieldRef: { fieldPath: path } } })),
    ),
  )
  const ports = fc.shuffledSubarray([80, 81, 82]).map((numbers) => numbers.map((containerPort) => ({ containerPort, protocol: 'TCP' })))
  const container = (name: string): fc.Arbitrary<Record<string, unknown>> =>
    maybe({
      image: text,
      args: fc.array(text, { minLength: 1, maxLength: 3 }),
      env,
      ports,
      resources: maybe({ limits: maybe({ cpu: text, memory: text }) }),
    }).map((rest) => ({ name, ...rest }))
  const volume = (name: string): fc.Arbitrary<Record<string, unknown>> =>
    fc.oneof(
      fc.constant({ name, emptyDir: {} }),
      text.map((map) => ({ name, configMap: { name: map } })),
    )
  const pod = maybe({
    containers: named(container),
    volumes: named(volume),
    nodeSelector: maybe({ a: text, b: text }),
    tolerations: fc.array(
      text.map((key) => ({ key })),
      { maxLength: 3 },
    ),
  })
  return fc
    .tuple(
      maybe({ labels: maybe({ a: text, b: text }), finalizers: fc.shuffledSubarray(['f/a', 'f/b', 'f/c']) }),
      maybe({
        replicas: fc.nat(3),
        paused: fc.boolean(),
        template: pod.map((spec) => ({ spec })),
        strategy: maybe({ type: text, rollingUpdate: maybe({ maxSurge: fc.nat(3) }) }),
      }),
    )
    .map(([metadata, spec]) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', ...metadata }, spec }))
}
