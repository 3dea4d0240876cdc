import { type Fields, fieldsOf, listOf, openObject, setDefault, setDefaultForZero, textOf } from '../reading.ts'

/** Defaults of pods and pod templates: Kubernetes `pkg/apis/core/v1/defaults.go`, 1.34. All in place, all idempotent. */
export function defaultPod(pod: Fields): void {
  const spec = openObject(pod, 'spec')
  if (spec === undefined) return
  defaultPodSpec(spec)
  setDefault(spec, 'enableServiceLinks', true)
  for (const container of containersOf(spec, 'containers')) defaultRequests(container)
  for (const container of containersOf(spec, 'initContainers')) defaultRequests(container)
}

export function defaultPodTemplate(owner: Fields): void {
  const template = openObject(owner, 'template')
  if (template === undefined) return
  openObject(template, 'metadata')
  const spec = openObject(template, 'spec')
  if (spec !== undefined) defaultPodSpec(spec)
}

function defaultPodSpec(spec: Fields): void {
  setDefaultForZero(spec, 'restartPolicy', 'Always')
  setDefaultForZero(spec, 'dnsPolicy', 'ClusterFirst')
  setDefaultForZero(spec, 'schedulerName', 'default-scheduler')
  setDefault(spec, 'terminationGracePeriodSeconds', 30)
  openObject(spec, 'securityContext')
  mirrorServiceAccount(spec)
  for (const item of listOf(spec['volumes'])) {
    const volume = fieldsOf(item)
    if (volume !== undefined) defaultVolume(volume)
  }
  for (const field of ['containers', 'initContainers', 'ephemeralContainers']) {
    for (const container of containersOf(spec, field)) defaultContainer(container, spec['hostNetwork'] === true)
  }
  for (const item of listOf(spec['topologySpreadConstraints'])) {
    const constraint = fieldsOf(item)
    if (constraint !== undefined) setDefaultForZero(constraint, 'whenUnsatisfiable', 'DoNotSchedule')
  }
}

function containersOf(spec: Fields, field: string): Fields[] {
  return listOf(spec[field]).flatMap((item) => {
    const container = fieldsOf(item)
    return container === undefined ? [] : [container]
  })
}

/** `serviceAccount` is the deprecated name of `serviceAccountName`; the API writes both. */
function mirrorServiceAccount(spec: Fields): void {
  const name = textOf(spec['serviceAccountName']) || textOf(spec['serviceAccount'])
  if (name === '') return
  spec['serviceAccountName'] = name
  spec['serviceAccount'] = name
}

function defaultContainer(container: Fields, hostNetwork: boolean): void {
  setDefaultForZero(container, 'terminationMessagePath', '/dev/termination-log')
  setDefaultForZero(container, 'terminationMessagePolicy', 'File')
  setDefaultForZero(container, 'imagePullPolicy', pullPolicyFor(textOf(container['image'])))
  openObject(container, 'resources')
  for (const item of listOf(container['ports'])) {
    const port = fieldsOf(item)
    if (port === undefined) continue
    setDefaultForZero(port, 'protocol', 'TCP')
    if (hostNetwork) setDefaultForZero(port, 'hostPort', (port['containerPort'] as number | undefined) ?? 0)
  }
  for (const item of listOf(container['env'])) {
    const fieldRef = fieldsOf(fieldsOf(fieldsOf(item)?.['valueFrom'])?.['fieldRef'])
    if (fieldRef !== undefined) setDefaultForZero(fieldRef, 'apiVersion', 'v1')
    const resourceRef = fieldsOf(fieldsOf(fieldsOf(item)?.['valueFrom'])?.['resourceFieldRef'])
    if (resourceRef !== undefined) setDefault(resourceRef, 'divisor', '0')
  }
  for (const field of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = fieldsOf(container[field])
    if (probe !== undefined) defaultProbe(probe)
  }
  const lifecycle = fieldsOf(container['lifecycle'])
  for (const hook of [fieldsOf(lifecycle?.['postStart']), fieldsOf(lifecycle?.['preStop'])]) {
    if (hook !== undefined) defaultHandler(hook)
  }
}

/** `latest`, spoken or not, is pulled always. A digest or a tag is not. */
function pullPolicyFor(image: string): string {
  if (image.includes('@')) return 'IfNotPresent'
  const lastPart = image.slice(image.lastIndexOf('/') + 1)
  const colon = lastPart.indexOf(':')
  return colon < 0 || lastPart.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent'
}

function defaultProbe(probe: Fields): void {
  setDefaultForZero(probe, 'timeoutSeconds', 1)
  setDefaultForZero(probe, 'periodSeconds', 10)
  setDefaultForZero(probe, 'successThreshold', 1)
  setDefaultForZero(probe, 'failureThreshold', 3)
  defaultHandler(probe)
}

function defaultHandler(handler: Fields): void {
  const httpGet = fieldsOf(handler['httpGet'])
  if (httpGet !== undefined) {
    setDefaultForZero(httpGet, 'path', '/')
    setDefaultForZero(httpGet, 'scheme', 'HTTP')
  }
  const grpc = fieldsOf(handler['grpc'])
  if (grpc !== undefined) setDefault(grpc, 'service', '')
}

function defaultVolume(volume: Fields): void {
  // A volume that names no source is an empty directory.
  const names = Object.keys(volume)
  if (names.every((name) => name === 'name' || volume[name] === null)) volume['emptyDir'] = {}
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const fields = fieldsOf(volume[source])
    if (fields !== undefined) setDefault(fields, 'defaultMode', 0o644)
  }
  defaultFieldRefs(fieldsOf(volume['downwardAPI']))
  for (const item of listOf(fieldsOf(volume['projected'])?.['sources'])) {
    const source = fieldsOf(item)
    const token = fieldsOf(source?.['serviceAccountToken'])
    if (token !== undefined) setDefault(token, 'expirationSeconds', 3600)
    defaultFieldRefs(fieldsOf(source?.['downwardAPI']))
  }
  const hostPath = fieldsOf(volume['hostPath'])
  if (hostPath !== undefined) setDefault(hostPath, 'type', '')
  const template = fieldsOf(fieldsOf(volume['ephemeral'])?.['volumeClaimTemplate'])
  const claimSpec = fieldsOf(template?.['spec'])
  if (claimSpec !== undefined) setDefault(claimSpec, 'volumeMode', 'Filesystem')
  const image = fieldsOf(volume['image'])
  if (image !== undefined) setDefaultForZero(image, 'pullPolicy', pullPolicyFor(textOf(image['reference'])))
  const iscsi = fieldsOf(volume['iscsi'])
  if (iscsi !== undefined) setDefaultForZero(iscsi, 'iscsiInterface', 'default')
  const rbd = fieldsOf(volume['rbd'])
  if (rbd !== undefined) {
    setDefaultForZero(rbd, 'pool', 'rbd')
    setDefaultForZero(rbd, 'user', 'admin')
    setDefaultForZero(rbd, 'keyring', '/etc/ceph/keyring')
  }
}

function defaultFieldRefs(downwardApi: Fields | undefined): void {
  for (const item of listOf(downwardApi?.['items'])) {
    const fieldRef = fieldsOf(fieldsOf(item)?.['fieldRef'])
    if (fieldRef !== undefined) setDefaultForZero(fieldRef, 'apiVersion', 'v1')
  }
}

/** Only in pods, not in templates: what is limited is also requested. */
function defaultRequests(container: Fields): void {
  const resources = fieldsOf(container['resources'])
  const limits = fieldsOf(resources?.['limits'])
  if (resources === undefined || limits === undefined) return
  const requests = openObject(resources, 'requests')
  if (requests === undefined) return
  for (const [name, amount] of Object.entries(limits)) {
    if (!Object.hasOwn(requests, name) && name !== '__proto__') requests[name] = amount
  }
}
