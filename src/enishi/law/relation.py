"""本人との関係: how the person whose information is asked stands to the case, coded from the order's own words.

The reviewed table `law-sources/relations.jsonl` ties each text of the order to these codes.  A code narrows what the officer
asserts and signs; the order's words stay a condition of every permit at item level.
"""

from enum import StrEnum


class Relation(StrEnum):
    """The circles of persons that the order names; the Japanese word is in data/texts.json."""

    APPLICANT = "applicant"
    FILER = "filer"
    PERSON_CONCERNED = "person_concerned"
    RECIPIENT = "recipient"
    DECEASED = "deceased"
    SURVIVOR = "survivor"
    FUNERAL_HOST = "funeral_host"
    HOUSEHOLD_MEMBER = "household_member"
    COHABITANT = "cohabitant"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    RELATIVE = "relative"
    GUARDIAN = "guardian"
    CAREGIVER = "caregiver"
    SUPPORTER = "supporter"
    SUPPORTER_SPOUSE = "supporter_spouse"
    DEPENDANT = "dependant"
    LIVELIHOOD_SUPPORTER = "livelihood_supporter"
    LIVELIHOOD_SHARER = "livelihood_sharer"
    GUARANTOR = "guarantor"
    BORROWER = "borrower"
    INSURED = "insured"
    PREMIUM_PAYER = "premium_payer"
    TAXPAYER = "taxpayer"
    ASSISTED_PERSON = "assisted_person"
    DISABLED_PERSON = "disabled_person"
    PATIENT = "patient"
    EXPECTANT_MOTHER = "expectant_mother"
    SERVICE_USER = "service_user"
    STUDENT = "student"
    WORKER = "worker"
    TENANT = "tenant"
    LICENCE_HOLDER = "licence_holder"
    DISASTER_VICTIM = "disaster_victim"
    EVACUEE = "evacuee"
