import { type Fields, fieldsOf, fieldsOrEmpty, textOf } from '../reading.ts'

const marks = {
  storageClassName: 'storageclass.kubernetes.io/is-default-class',
  ingressClassName: 'ingressclass.kubernetes.io/is-default-class',
} as const

/** Admission plugins DefaultStorageClass and DefaultIngressClass: what names no class gets the one marked as default. */
export function defaultClassOf(object: Fields, field: keyof typeof marks, classes: readonly Fields[]): void {
  const spec = fieldsOf(object['spec'])
  const annotations = fieldsOrEmpty(fieldsOrEmpty(object['metadata'])['annotations'])
  if (spec === undefined || spec[field] !== undefined) return
  if (field === 'ingressClassName' && annotations['kubernetes.io/ingress.class'] !== undefined) return
  const marked = classes.filter((each) => fieldsOrEmpty(fieldsOrEmpty(each['metadata'])['annotations'])[marks[field]] === 'true')
  // Several defaults: the newest, as Kubernetes decides from 1.26 on.
  marked.sort((a, b) => (createdAt(a) < createdAt(b) ? 1 : createdAt(a) > createdAt(b) ? -1 : 0))
  const first = marked[0]
  if (first !== undefined) spec[field] = textOf(fieldsOrEmpty(first['metadata'])['name'])
}

function createdAt(object: Fields): string {
  return textOf(fieldsOrEmpty(object['metadata'])['creationTimestamp'])
}
