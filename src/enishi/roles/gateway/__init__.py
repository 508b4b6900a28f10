"""The gateway: asks and answers for the institutions that one platform hosts, each a tenant with its own keys, database and credentials.

*Holds:* for each tenant its people's held copies, its own linkage codes, its keys, and its own record of every inquiry asked and answered (Art. 23).
*Never sees:* another institution's linkage codes, the tags of the log, a conversion share; its enrolment module alone handles the number.
"""
