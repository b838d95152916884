# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += docs/architecture.md
EXTRA_DIST += docs/openapi.yaml
EXTRA_DIST += docs/formats.md
EXTRA_DIST += docs/operations.md
dist_man_MANS = docs/man/postern-deliver.8
EXTRA_DIST += docs/portal-client.png docs/portal-provider.png
