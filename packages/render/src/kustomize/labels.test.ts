import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

// Every output and every message is what kubectl 1.34.5 prints.
describe('labels and annotations', () => {
  test('commonLabels go to metadata, selectors and templates', () => {
    const built = kustomize({
      'kustomization.yaml': `commonLabels: {team: red}
resources: [all.yaml]
`,
      'all.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.25
        envFrom:
        - configMapRef: {name: settings}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {a: b}}
spec: {selector: {app: web}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: job}
spec: {jobTemplate: {spec: {template: {spec: {}}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: net}
spec: {podSelector: {matchLabels: {a: b}}, ingress: [{from: [{podSelector: {matchLabels: {c: d}}}, {ipBlock: {}}]}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: budget}
spec: {selector: {}}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: Service
metadata:
  labels:
    a: b
    team: red
  name: web
spec:
  selector:
    app: web
    team: red
---
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    team: red
  name: web
spec:
  selector:
    matchLabels:
      app: web
      team: red
  template:
    metadata:
      labels:
        app: web
        team: red
    spec:
      containers:
      - envFrom:
        - configMapRef:
            name: settings
        image: nginx:1.25
        name: web
---
apiVersion: batch/v1
kind: CronJob
metadata:
  labels:
    team: red
  name: job
spec:
  jobTemplate:
    metadata:
      labels:
        team: red
    spec:
      template:
        metadata:
          labels:
            team: red
        spec: {}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  labels:
    team: red
  name: budget
spec:
  selector: {}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  labels:
    team: red
  name: net
spec:
  ingress:
  - from:
    - podSelector:
        matchLabels:
          c: d
          team: red
    - ipBlock: {}
  podSelector:
    matchLabels:
      a: b
      team: red
`)
  })

  test('labels go to metadata alone, unless they include templates, selectors or fields', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [all.yaml]
labels:
- pairs: {only: metadata}
- pairs: {also: templates}
  includeTemplates: true
- pairs: {also: selectors}
  includeSelectors: true
- pairs: {and: field}
  fields: [{path: spec/extra/labels, create: true, kind: Deployment}]
`,
      'all.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.25
        envFrom:
        - configMapRef: {name: settings}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  template: {}
  volumeClaimTemplates: [{metadata: {name: data}}, {spec: {}}]
`,
    })

    expect(built).toBe(`apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    also: selectors
    and: field
    only: metadata
  name: web
spec:
  extra:
    labels:
      and: field
  selector:
    matchLabels:
      also: selectors
      app: web
  template:
    metadata:
      labels:
        also: selectors
        app: web
    spec:
      containers:
      - envFrom:
        - configMapRef:
            name: settings
        image: nginx:1.25
        name: web
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  labels:
    also: selectors
    and: field
    only: metadata
  name: db
spec:
  selector:
    matchLabels:
      also: selectors
  template:
    metadata:
      labels:
        also: selectors
  volumeClaimTemplates:
  - metadata:
      labels:
        also: selectors
      name: data
  - metadata:
      labels:
        also: selectors
    spec: {}
`)
  })

  test('commonAnnotations go to metadata and templates', () => {
    const built = kustomize({
      'kustomization.yaml': `commonAnnotations: {note: "yes", number: "1"}
resources: [all.yaml]
`,
      'all.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.25
        envFrom:
        - configMapRef: {name: settings}
---
apiVersion: v1
kind: Pod
metadata: {name: pod, annotations: {note: "old"}}
`,
    })

    expect(built).toBe(`apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    note: "yes"
    number: "1"
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      annotations:
        note: "yes"
        number: "1"
      labels:
        app: web
    spec:
      containers:
      - envFrom:
        - configMapRef:
            name: settings
        image: nginx:1.25
        name: web
---
apiVersion: v1
kind: Pod
metadata:
  annotations:
    note: "yes"
    number: "1"
  name: pod
`)
  })

  test('annotations that are no texts become texts, as they were written', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [map.yaml]
`,
      'map.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: map
  annotations: {port: 8080, version: 1.10, on: True, none: null, empty: , date: 2020-01-02}
  labels: {version: 1.10}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    date: "2020-01-02"
    empty: ""
    none: "null"
    "on": "True"
    port: "8080"
    version: "1.10"
  labels:
    version: 1.1
  name: map
`)
  })

  test('a selector that is no map is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `commonLabels: {a: b}
resources: [service.yaml]
`,
        'service.yaml': `apiVersion: v1
kind: Service
metadata: {name: web}
spec: none
`,
      })

    expect(build).toThrow(`considering field 'spec/selector' of object Service.v1.[noGrp]/web.[noNs]: expected sequence or mapping node`)
  })
})
