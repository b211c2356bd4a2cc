# SPDX-License-Identifier: GPL-2.0-or-later
# Something else than Amanda on its port.
c 0 tcp 10.66.1.2:516 10.66.2.2:10080 S 1000 
c 0.0002 tcp 10.66.2.2:10080 10.66.1.2:516 SA 5000 
c 0.002 tcp 10.66.1.2:516 10.66.2.2:10080 A 1001 "GET / HTTP/1.0\n\n"
c 0.004 tcp 10.66.2.2:10080 10.66.1.2:516 A 5001 "HTTP/1.0 400 Bad\n\n"
c 1 tcp 10.66.1.2:516 10.66.2.2:10080 FA 1017 
c 1 tcp 10.66.2.2:10080 10.66.1.2:516 FA 5019 
