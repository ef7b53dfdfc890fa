# SPDX-License-Identifier: Apache-2.0
"""What `rolodial doctor` looks at: a judgement a file, in words a PBX admin understands."""
