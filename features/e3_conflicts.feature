@E3
Feature: E3 What is there and differs is told before, kept, and all else is restored
  Whoever restores over a tenant in use learns first what stands in the way, and loses nothing that is there.
  It usually fails because preflight and restore compare by different code, because sets are compared as lists, because a
  server writes a definition otherwise than it was given, or because a part is added to a table that is kept.

  Background:
    Given a source tenant with every kind of resource
    And the export of the source
    And an empty target tenant beside a bystander

  @R-P-1 @R-P-5
  Scenario: A preflight of an empty target finds nothing in the way and writes nothing
    When a preflight of the export into the target is made
    Then the preflight finds nothing in the way
    And the target holds nothing

  @R-P-2 @R-P-4 @R-P-5 @R-E3-1 @R-E3-2 @R-E3-3
  Scenario Outline: A target with <difference> is told so before, keeps it, and gets all the rest
    Given the target holds its "<domain>" as the source does, but for a gap and <difference>
    When the state of the target is remembered
    And a preflight of the export into the target is made
    Then the preflight tells exactly these conflicts:
      | domain   | type   | name   | severity   | shows   |
      | <domain> | <type> | <name> | <severity> | <shows> |
    And the preflight says that the risk is "<severity>"
    And the state of the target is the remembered one
    When the export is restored into the target as the preflight saw it
    Then the restore is partial and keeps exactly the conflicts of the preflight
    And the report says that all else is there: what was lacking created, the rest skipped
    And the target holds what it held, and what it lacked as the source has it

    Examples:
      | domain | difference                            | type              | name       | severity | shows            |
      | iam    | a role with other composites          | role              | chief      | medium   | auditor          |
      | iam    | a role with other attributes          | role              | clerk      | low      | front            |
      | iam    | a group with other roles              | group             | /warehouse | medium   | clerk            |
      | iam    | a group with other attributes         | group             | /warehouse | low      | site             |
      | iam    | a client scope of another protocol    | client_scope      | legacy     | high     | openid-connect   |
      | iam    | a client scope without a mapper       | client_scope      | orders     | medium   | audience         |
      | iam    | an identity provider of another kind  | identity_provider | partner    | critical | saml             |
      | iam    | an identity provider without an address | identity_provider | partner  | medium   | authorizationUrl |
      | iam    | a member who is enabled               | member            | bob        | high     | true             |
      | iam    | a member without a role               | member            | alice      | medium   | chief            |
      | iam    | a service account without a role      | service_account   | billing    | medium   | auditor          |
      | iam    | a realm with other settings           | realm             | realm      | medium   | loginTheme       |

    Examples:
      | domain            | difference                           | type          | name                   | severity | shows   |
      | postgres_metadata | a column of another type             | table         | order_lines            | high     | real    |
      | postgres_metadata | a column with another default        | table         | order_lines            | high     | true    |
      | postgres_metadata | an index that is not unique          | index         | orders_reference       | medium   | unique  |
      | postgres_metadata | statistics that look at less         | statistics    | orders_spread          | medium   | 77      |
      | postgres_metadata | a check with another limit           | constraint    | orders_discounts_check | high     | 77      |
      | postgres_metadata | a foreign key without its action     | foreign_key   | orders_customer_fkey   | high     | cascade |
      | postgres_metadata | a view with another query            | view          | placed_orders          | medium   | state   |
      | postgres_metadata | a function that is stable            | function      | touch                  | medium   | stable  |
      | postgres_metadata | a trigger that is disabled           | trigger       | orders_touch           | medium   | disable |
      | postgres_metadata | a policy that lets everyone pass     | policy        | own_orders             | high     | true    |
      | postgres_metadata | an enum with another label           | type          | order_state            | high     | lost    |
      | postgres_metadata | a sequence with another step         | sequence      | invoice_numbers        | medium   | 6       |
      | postgres_metadata | a comment with another text          | comment       | schema                 | low      | other   |
      | postgres_metadata | a grant that may not be handed on    | grant         | orders                 | medium   | insert  |
      | postgres_metadata | a database role without a membership | database_role | app                    | medium   | readers |

    Examples:
      | domain         | difference                     | type       | name       | severity | shows    |
      | mongo_metadata | a validator with another rule  | collection | carts      | high     | $type    |
      | mongo_metadata | a stricter validation level    | collection | carts      | medium   | moderate |
      | mongo_metadata | a view with another pipeline   | mongo_view | open_carts | medium   | shut     |
      | mongo_metadata | an index with another key      | index      | owner_at   | critical | -1       |
      | mongo_metadata | an index that takes duplicates | index      | owner_at   | high     | true     |
      | mongo_metadata | an index with another expiry   | index      | expiry     | medium   | 5        |

    Examples:
      | domain  | difference                              | type   | name     | severity | shows        |
      | kafka   | a topic with more partitions            | topic  | orders   | high     | 5            |
      | kafka   | a topic with another retention          | topic  | orders   | medium   | retention.ms |
      | storage | a bucket whose versioning is suspended  | bucket | invoices | medium   | Suspended    |
      | storage | a bucket without its lifecycle          | bucket | invoices | medium   | drafts       |
      | storage | a bucket without its policy             | bucket | invoices | medium   | GetObject    |
      | storage | a bucket without its tags               | bucket | invoices | low      | cost centre  |
      | storage | a bucket without its retention          | bucket | archive  | high     | GOVERNANCE   |

  @R-E3-4
  Scenario: Nothing is added to a table that is kept
    Given the target holds its "postgres_metadata" as the source does, but for a gap and a table that differs and lacks its parts
    When the state of the target is remembered
    And a preflight of the export into the target is made
    Then the preflight tells exactly these conflicts:
      | domain            | type       | name                   | severity | shows    |
      | postgres_metadata | index      | orders_open            | medium   |          |
      | postgres_metadata | statistics | orders_spread          | medium   |          |
      | postgres_metadata | constraint | orders_discounts_check | high     |          |
      | postgres_metadata | policy     | own_orders             | high     |          |
      | postgres_metadata | trigger    | orders_touch           | medium   |          |
      | postgres_metadata | comment    | orders_open            | low      |          |
      | postgres_metadata | comment    | orders_spread          | low      |          |
      | postgres_metadata | comment    | orders_touch           | low      |          |
      | postgres_metadata | comment    | total                  | low      |          |
      | postgres_metadata | grant      | readers                | medium   |          |
      | postgres_metadata | table      | orders                 | high     | interval |
    When the export is restored into the target as the preflight saw it
    Then the restore is partial and keeps exactly the conflicts of the preflight
    And the report says that all else is there: what was lacking created, the rest skipped
    And the target holds what it held, and what it lacked as the source has it

  @R-E3-5
  Scenario Outline: Under conflict policy fail, <difference> ends the restore before anything is written
    Given the target holds its "<domain>" as the source does, but for a gap and <difference>
    When the state of the target is remembered
    And the export is restored into the target under conflict policy "fail"
    Then the request is refused with 409 and code "CONFLICTS_PRESENT"
    And the message mentions "<name>"
    And the state of the target is the remembered one

    Examples:
      | domain            | difference                             | name        |
      | iam               | a role with other composites           | chief       |
      | postgres_metadata | a column of another type               | order_lines |
      | mongo_metadata    | a validator with another rule          | carts       |
      | kafka             | a topic with more partitions           | orders      |
      | storage           | a bucket whose versioning is suspended | invoices    |

  @R-P-3 @R-P-5 @R-E3-5
  Scenario: A domain that cannot be analysed is a high risk, and under conflict policy fail nothing is written
    Given the target holds its "postgres_metadata" as the source does, but for a gap and a column of another type
    When the target's "postgres_metadata" comes to hold a schema that the implementation may not use
    And the state of the target is remembered
    And a preflight of the export into the target is made
    Then the preflight says that "postgres_metadata" could not be analysed
    When the export is restored into the target under conflict policy "fail"
    Then the request is refused with 409 and code "CONFLICTS_PRESENT"
    And the message mentions "postgres_metadata"
    And the state of the target is the remembered one

  @R-P-6
  Scenario: Without an identifier map, a preflight into another tenant proposes one and analyses nothing
    When a preflight of the export into the target is made without an identifier map
    Then the preflight asks for confirmation, proposes an identifier map and has analysed nothing

  @R-P-7
  Scenario: A preflight into an unknown tenant is refused
    When a preflight of the export into an unknown tenant is made
    Then the request is refused with 404 and code "TENANT_NOT_FOUND"

  @R-P-7
  Scenario: A preflight into a suspended tenant is refused
    Given the target is in state "suspended"
    When a preflight of the export into the target is made
    Then the request is refused with 422 and code "TENANT_SUSPENDED"
    And the target holds nothing

  @R-P-8 @needs:preflight_digest
  Scenario Outline: A restore after <difference> came into <domain> since its preflight is refused and nothing is written
    Given the target holds its "<domain>" as the source does, but for a gap and <before>
    When a preflight of the export into the target is made
    And the target's "<domain>" comes to hold <difference>
    And the state of the target is remembered
    And the export is restored into the target as the preflight saw it
    Then the request is refused with 409 and code "STALE_PREFLIGHT"
    And the message mentions "<domain>"
    And the state of the target is the remembered one

    Examples:
      | domain            | before                                 | difference                     |
      | iam               | a role with other attributes           | a role with other composites   |
      | postgres_metadata | a column of another type               | a comment with another text    |
      | mongo_metadata    | a validator with another rule          | an index with another expiry   |
      | kafka             | a topic with another retention         | a topic with more partitions   |
      | storage           | a bucket whose versioning is suspended | a bucket without its tags      |

  @R-P-8 @needs:preflight_digest
  Scenario: A restore of another artifact than its preflight analysed is refused and nothing is written
    When a preflight of the export into the target is made
    And the export of the bystander is restored into the target with the digest of that preflight
    Then the request is refused with 409 and code "STALE_PREFLIGHT"
    And the target holds nothing

  @R-P-8 @needs:preflight_digest
  Scenario: A restore of more domains than its preflight analysed is refused and nothing is written
    When a preflight of the domains "iam, kafka" into the target is made
    And the whole export is restored into the target with the digest of that preflight
    Then the request is refused with 409 and code "STALE_PREFLIGHT"
    And the message mentions "storage"
    And the target holds nothing

  @R-P-9 @needs:preflight_digest
  Scenario: A restore into another tenant without a preflight is refused and nothing is written
    When the export is restored into the target with the proposed identifier map, but no preflight
    Then the request is refused with 409 and code "PREFLIGHT_REQUIRED"
    And the target holds nothing
