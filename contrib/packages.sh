# Debian packages, one list per purpose. Read by ./capdx and tests/run.
# shellcheck shell=sh disable=SC2034

CAPDX_BUILD_PACKAGES='gcc libc6-dev make cmake pkg-config libpcap-dev zlib1g-dev libzstd-dev liblz4-dev libssl-dev libosip2-dev libjansson-dev libyajl-dev libsqlite3-dev libseccomp-dev'
CAPDX_TEST_PACKAGES='libcmocka-dev clang libclang-rt-dev llvm clang-format python3 python3-jsonschema wireshark-common tshark zstd lz4'
CAPDX_BENCH_PACKAGES='tshark sngrep tcpdump'
CAPDX_CLUSTER_PACKAGES='slurm-wlm munge'
