import type { KubeObject } from '@plimsoll/kube'
import { labels } from './pod-labels.ts'

/** RFC 1918, 6598, 3927 (where clouds keep the credentials of a node), 4193, 4291. */
const inside4 = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16']
const inside6 = ['fc00::/7', 'fe80::/10']

/**
 * Who reaches whom, where the cluster's network keeps to such rules: nobody reaches a job, and a job of an outside pull request reaches the internet and
 * names, but nothing inside.
 */
export function networkPolicies(namespace: string): KubeObject[] {
  const policy = (name: string, spec: object): KubeObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace, labels: { [labels.managedBy]: 'plimsoll' } },
    spec,
  })
  return [
    policy('plimsoll-jobs', { podSelector: { matchLabels: { [labels.managedBy]: 'plimsoll' } }, policyTypes: ['Ingress'] }),
    policy('plimsoll-outside-jobs', {
      podSelector: { matchLabels: { [labels.trust]: 'outside' } },
      policyTypes: ['Egress'],
      egress: [
        { ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }] }, // prettier-ignore
        { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: inside4 } }, { ipBlock: { cidr: '::/0', except: inside6 } }] },
      ],
    }),
  ]
}
