import { type Document, isMap, isScalar, isSeq, type Scalar, visit } from 'yaml'
import { imageValue, parseImage, printImage, readImageValue } from './image-reference.ts'
import { pairOf, type YamlText } from './yaml-text.ts'

/** Where pods keep containers, in whatever kind the pod's template is (`k8s.io/api` core/v1 PodSpec). */
const lists = new Set(['containers', 'initContainers', 'ephemeralContainers'])

/** Of the first container that uses it. */
export function readContainerImage(yaml: YamlText, name: string): string | undefined {
  const [found] = containersOf(yaml, name)
  const image = found === undefined ? undefined : parseImage(String(found.image.value))
  if (image === undefined) return undefined
  const { repository, tag, digest } = image
  return imageValue({
    ...(repository !== name && { newName: repository }),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  })
}

/** In all containers that use it. False when none does. */
export function writeContainerImage(yaml: YamlText, name: string, value: string): boolean {
  const wanted = readImageValue(name, value)
  let isFound = false
  for (const { document, image } of containersOf(yaml, name)) {
    isFound = true
    const present = parseImage(String(image.value))
    const { newName, tag, digest } = wanted
    const repository = newName ?? present?.repository ?? name
    const text = printImage({ repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) })
    if (image.value !== text) yaml.setScalar(document, image, text)
  }
  return isFound
}

interface Found {
  document: Document.Parsed
  image: Scalar
}

/** Containers whose image has this name, whatever its tag; where there are none, those that are called so themselves. */
function containersOf(yaml: YamlText, name: string): Found[] {
  const byImage: Found[] = []
  const byName: Found[] = []
  for (const document of yaml.documents) {
    visit(document, {
      Pair(_key, pair) {
        if (!isScalar(pair.key) || !lists.has(String(pair.key.value)) || !isSeq(pair.value)) return
        for (const container of pair.value.items) {
          if (!isMap(container)) continue
          const image = pairOf(container, 'image')?.value
          const own = pairOf(container, 'name')?.value
          if (!isScalar(image) || typeof image.value !== 'string') continue
          if (parseImage(image.value)?.repository === name) byImage.push({ document, image })
          else if (isScalar(own) && own.value === name) byName.push({ document, image })
        }
      },
    })
  }
  return byImage.length > 0 ? byImage : byName
}
