"""What people handed over to a tenant by their card: fetched from the registrar, checked, kept, tied to the institution's own number.

*Holds:* the application with certificate and signature, and the ref under which enrolment keeps the number.
*Never sees:* the number, but to pass it on to enrolment.
"""
