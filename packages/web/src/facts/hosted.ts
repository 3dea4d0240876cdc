/** A repository that lives here goes by a name, one elsewhere by its address. */
export function isHosted(repository: string): boolean {
  return !repository.includes('://')
}

/** An address as short as it can be told apart: `github.com/acme/shop`. */
export function repositoryLabel(repository: string): string {
  return repository.replace(/^https?:\/\//, '')
}
