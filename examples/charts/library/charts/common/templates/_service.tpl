{{- define "common.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .context.Release.Name }}
  labels:
    app.kubernetes.io/managed-by: {{ .context.Release.Service }}
    helm.sh/chart: {{ printf "%s-%s" .context.Chart.Name .context.Chart.Version | replace "+" "_" }}
spec:
  ports: [{port: {{ .port }}}]
{{- end -}}
