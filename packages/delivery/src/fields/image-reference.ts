import { PlimsollError, type ReleaseImage } from '@plimsoll/api'

/** The parts of `registry.example.org:5000/team/app:1.4@sha256:…` (distribution/reference, `reference.go`). */
export interface ImageReference {
  repository: string
  tag?: string
  digest?: string
}

const tagGrammar = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const digestGrammar = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,128}$/
const repositoryGrammar = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,399}$/

export function parseImage(text: string): ImageReference | undefined {
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  const rest = at < 0 ? text : text.slice(0, at)
  // A colon before a slash is that of a port.
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1)
  const repository = colon < 0 ? rest : rest.slice(0, colon)
  const tag = colon < 0 ? undefined : rest.slice(colon + 1)
  const isGood =
    repositoryGrammar.test(repository) &&
    (tag === undefined || tagGrammar.test(tag)) &&
    (digest === undefined || digestGrammar.test(digest))
  return isGood ? { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) } : undefined
}

export function printImage({ repository, tag, digest }: ImageReference): string {
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** `newName:tag@digest`, each part only where it is set: how the value of an image's field is kept and compared. */
export function imageValue(image: Omit<ReleaseImage, 'name'>): string {
  return printImage({
    repository: image.newName ?? '',
    ...(image.tag !== undefined && { tag: image.tag }),
    ...(image.digest !== undefined && { digest: image.digest }),
  })
}

/** Rejects with `invalid-request` what could not be an image: it would be written into a manifest. */
export function readImageValue(name: string, value: string): ReleaseImage {
  const parsed = parseImage(/^[:@]/.test(value) ? `x${value}` : value)
  if (parsed === undefined || (parsed.tag === undefined && parsed.digest === undefined)) {
    throw new PlimsollError('invalid-request', `'${value.slice(0, 200)}' is no version of image '${name}'.`, {
      remedy: 'Write NEWNAME:TAG, NEWNAME@DIGEST, :TAG or @DIGEST.',
    })
  }
  const { repository, tag, digest } = parsed
  return {
    name,
    ...(!/^[:@]/.test(value) && { newName: repository }),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  }
}
