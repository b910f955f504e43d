@EC2
Feature: EC2 A restore into another tenant needs the identifier map that leads there
  Whoever restores into another tenant than the artifact's confirms first what becomes of its names. Nothing is grafted
  onto a tenant by accident, and nothing in the target names the tenant that it came from.
  It usually fails because names are replaced as text, or by the longest common prefix, instead of by the tenant's space, or
  because a map is taken without being held against both tenants.

  Background:
    Given a source tenant with every kind of resource
    And the export of the source
    And an empty target tenant beside a bystander

  @R-EC2-1
  Scenario: Without a map the restore waits, writes nothing and leaves no lock
    When the export is restored into the target without an identifier map
    Then the answer asks for confirmation and proposes an identifier map
    And the target holds nothing
    When the domains "iam" of the export are restored into the target
    Then the restore succeeds

  @R-EC2-1
  Scenario: A dry run without a map waits as well
    When the export is restored into the target without an identifier map, as a dry run
    Then the answer asks for confirmation and proposes an identifier map
    And the target holds nothing

  @R-EC2-2 @R-EC2-3
  Scenario: The proposed map is taken unchanged, and no name of the source is in the target afterwards
    When the export is restored into the target without an identifier map
    Then the answer asks for confirmation and proposes an identifier map
    When the export is restored into the target with the map of that answer
    Then the restore succeeds
    And nothing in the target names the source
    And the target holds exactly what the source holds

  @R-EC2-4
  Scenario Outline: A map with <flaw> is refused and nothing is written
    When the export is restored into the target with a map with <flaw>
    Then the request is refused with 400 and code "INVALID_IDENTIFIER_MAP"
    And the refusal tells its findings
    And the target holds nothing

    Examples:
      | flaw                                          |
      | no entries at all                             |
      | an entry left out                             |
      | another source tenant                         |
      | another target tenant                         |
      | an entry from another tenant's space          |
      | an entry into the bystander's space           |
      | two entries for the same name                 |
      | two entries that lead to the same name        |
      | an entry of a scope that does not exist       |
      | an entry without a scope                      |
      | a blank target                                |
      | entries that are no list                      |
      | nothing but a text                            |

  @R-EC2-4
  Scenario: A map that nobody needs is checked all the same
    Given the target tenant is seeded like the source and exported
    When the state of the target is remembered
    And the export is restored into the target with a map with another source tenant
    Then the request is refused with 400 and code "INVALID_IDENTIFIER_MAP"
    And the state of the target is the remembered one

  @R-EC2-5
  Scenario Outline: A tenant is restored whole where <nesting>
    Given a source tenant of a few resources, where <nesting>
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report says that every resource of the artifact is there and verified
    And the target holds exactly what the source holds
    And the source is as it was seeded

    Examples:
      | nesting                                  |
      | the source's id begins with the target's |
      | the target's id begins with the source's |

  @R-EC2-5
  Scenario: A tenant with one resource of a kind is mapped by its space and not by what its names share
    Given a source tenant as the fixture "single" declares it
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report says that every resource of the artifact is there and verified
    And the target holds exactly what the source holds
    And nothing in the target names the source

  @R-EC2-6 @needs:older_formats
  Scenario Outline: What names a third tenant is refused by that name, and all else restored: <what>
    Given a source tenant of which format 1.0.0 can say everything
    And its artifact of format 1.0.0 in the restore shape
    And in it, <what>
    When the export is restored into the target with the proposed identifier map
    Then the report refuses what names the bystander, by that name
    And the target holds exactly what the source holds

    @domain:kafka
    Examples:
      | what                                                     |
      | an access control entry for a topic of the bystander     |
      | an access control entry for a principal of the bystander |
      | a topic of the bystander                                 |

    @domain:postgres_metadata
    Examples:
      | what                                                  |
      | a grant to a role of the bystander                    |
      | a view of a table of the bystander                    |
      | a column whose default is a sequence of the bystander |

    @domain:storage
    Examples:
      | what                                                  |
      | a bucket whose policy names a bucket of the bystander |
      | a bucket of the bystander                             |
