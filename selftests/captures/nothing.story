# SPDX-License-Identifier: GPL-2.0-or-later
# Traffic, and none of it Amanda.
c 0 udp 10.66.1.2:123 10.66.2.2:123 "x"
c 1 tcp 10.66.1.2:40000 10.66.2.2:22 S 1 
