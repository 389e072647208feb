{{- define "wares.name" -}}
{{- printf "%s" .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "wares.selector" -}}
app.kubernetes.io/name: wares
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "wares.labels" -}}
{{ include "wares.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "wares.many" -}}
{{- if or (gt (int .Values.replicas) 1) .Values.autoscaling.enabled }}true{{ end }}
{{- end }}

{{/* Pods share databases of SQLite, whose journals need memory that is shared: all of them run on one node. */}}
{{- define "wares.affinity" -}}
{{- $affinity := deepCopy .Values.affinity }}
{{- if include "wares.many" . }}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "wares.selector" . | fromYaml)) }}
{{- $_ := set $affinity "podAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $term)) }}
{{- end }}
{{- if $affinity }}{{ toYaml $affinity }}{{ end }}
{{- end }}

{{- define "wares.settings" -}}
{{- $fixed := dict "shop" (dict "folder" "/data/shop") "serve" (dict "host" "0.0.0.0" "port" 8000 "metrics" "open") }}
{{- mergeOverwrite (deepCopy .Values.settings) $fixed | toToml }}
{{- end }}
