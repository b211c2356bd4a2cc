# SPDX-License-Identifier: GPL-2.0-or-later
# bsdtcp, and amandad does not listen.
c 0 tcp 10.66.1.2:516 10.66.2.2:10080 S 1000 
c 0.0002 tcp 10.66.2.2:10080 10.66.1.2:516 RA 0 
