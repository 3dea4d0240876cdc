import type { TaskInputs } from './task.ts'

/** Names of inputs as records hold them: `applicationName`, `capabilities`, `random`, `env NAME`. */
export type InputName = string

/** Inputs of a render that remember which of them were asked for. */
export class UsedInputs {
  readonly #inputs: TaskInputs
  readonly #used = new Set<InputName>()
  readonly #environment: ReadonlyMap<string, string>

  constructor(inputs: TaskInputs) {
    this.#inputs = inputs
    this.#environment = new Map(inputs.environment)
  }

  get used(): readonly InputName[] {
    return [...this.#used].toSorted()
  }

  get applicationName(): string {
    this.#used.add('applicationName')
    return this.#inputs.applicationName
  }

  get destinationNamespace(): string {
    this.#used.add('destinationNamespace')
    return this.#inputs.destinationNamespace
  }

  environment(name: string): string | undefined {
    this.#used.add(`env ${name}`)
    return this.#environment.get(name)
  }

  /** Capabilities are handed to an engine as a whole; it says afterwards whether it looked. */
  peekCapabilities(): { kubeVersion: string; apiVersions: readonly string[] } {
    return this.#inputs
  }

  markCapabilities(): void {
    this.#used.add('capabilities')
  }

  peekRandom(): { applicationUid: string; rotation: { id: string; at: number } } {
    return this.#inputs
  }

  markRandom(): void {
    this.#used.add('random')
  }

  /** A render that failed does not say what it looked at. */
  markAll(): void {
    for (const name of ['applicationName', 'destinationNamespace', 'capabilities', 'random']) this.#used.add(name)
  }
}
