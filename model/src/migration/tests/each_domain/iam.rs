//! Members, roles, service accounts and what they are in.

use super::*;

#[test]
fn a_directory_in_every_shape() {
    insta::assert_snapshot!([
        told("iam", &json!({"realm": "legacy", "realm_settings": {"displayName": "Acme", "loginTheme": "t", "x": null,
            "smtp": "***REDACTED***"}})),
        told("iam", &json!({"realm_settings": {"displayName": 7}})),
        told("iam", &json!({"realm_settings": {"displayName": null}})),
        told("iam", &json!({"roles": [
            {"id": "1", "containerId": "2", "name": "plain", "description": null, "x": null},
            {"name": "lead", "composite": true, "composites": {"realm": ["plain"], "client": {"a": ["b"]}}},
            {"name": "vague", "composite": true},
            {"name": "simple", "composite": false, "attributes": {"a": ["b"]}, "y": 1},
            {"name": "other", "clientRole": true},
            {"name": " "}]})),
        told("iam", &json!({"groups": [
            {"id": "1", "path": "/a", "name": "b", "realmRoles": ["r"], "attributes": {"k": ["v"]}, "clientRoles": {},
                "access": {"x": true}, "subGroupCount": 1, "subGroups": [
                    {"name": "sub", "path": "/ignored", "subGroups": [{"name": "deep", "description": "d"}]}, {"path": "/a/x"}]},
            {"name": "top", "clientRoles": {"c": ["r"]}},
            {"attributes": {}}]})),
        told("iam", &json!({"client_scopes": [
            {"id": "1", "name": "profile", "protocol": "saml", "protocolMappers": [{"id": "2", "name": "m"}], "x": null},
            {"name": "vague", "y": 1}]})),
        told("iam", &json!({"identity_providers": [
            {"internalId": "1", "alias": "corp", "providerId": "oidc", "enabled": false, "storeToken": false, "displayName": "",
                "config": {"clientId": "c", "clientSecret": "***REDACTED***"}, "linkOnly": true, "types": [], "more": {}},
            {"alias": "plain", "providerId": "saml", "firstBrokerLoginFlowAlias": "f"}]})),
        told("iam", &json!({"clients": [{"clientId": "web"}, {"id": "x"}]})),
    ]
    .join("\n\n"), @r#"
    partial realm:realm {"display_name":"Acme","settings":{"loginTheme":"t","smtp":"***REDACTED***"}} <- 
    ! /realm_settings/smtp: is redacted and must be supplied again

    partial realm:realm {"settings":{}} <- 
    ! /realm_settings/displayName: was not carried: it is not text

    partial realm:realm {"settings":{}} <- 

    partial realm:realm {"settings":{}} <- 
    partial role:plain {"attributes":{}} <- realm:realm
    partial role:lead {"attributes":{},"composites":["plain"]} <- realm:realm, role:plain
    partial role:vague {"attributes":{}} <- realm:realm
    partial role:simple {"attributes":{"a":["b"]}} <- realm:realm
    ! /roles/1/composites/client: has no place in format 2.0.0, so it was not carried
    ! /roles/2/composite: says that the role has composites, and the artifact does not say which: none were carried
    ! /roles/3/y: has no place in format 2.0.0, so it was not carried
    ! /roles/4: role `other` was not carried: it is a client's
    ! /roles/5: was not carried: its name is blank

    partial realm:realm {"settings":{}} <- 
    partial group:/a {"attributes":{"k":["v"]},"roles":["r"]} <- realm:realm, role:r
    partial group:/a/sub {"attributes":{}} <- realm:realm, group:/a
    partial group:/a/sub/deep {"attributes":{}} <- realm:realm, group:/a/sub
    partial group:/top {"attributes":{}} <- realm:realm
    ! /groups/0/subGroups/0/subGroups/0/description: has no place in format 2.0.0, so it was not carried
    ! /groups/0/subGroups/1: a group was not carried: it has neither a name nor a path
    ! /groups/1/clientRoles: has no place in format 2.0.0, so it was not carried
    ! /groups/2: a group was not carried: it has neither a name nor a path

    partial realm:realm {"settings":{}} <- 
    partial client_scope:profile {"attributes":{},"protocol":"saml","protocol_mappers":[{"name":"m"}]} <- realm:realm
    partial client_scope:vague {"attributes":{},"protocol":"openid-connect"} <- realm:realm
    ! /client_scopes/1/protocol: is not stated: `openid-connect` was taken
    ! /client_scopes/1/y: has no place in format 2.0.0, so it was not carried

    partial realm:realm {"settings":{}} <- 
    partial identity_provider:corp {"config":{"clientId":"c","clientSecret":"***REDACTED***"},"enabled":false,"provider_id":"oidc"} <- realm:realm
    partial identity_provider:plain {"config":{},"enabled":true,"provider_id":"saml"} <- realm:realm
    ! /identity_providers/0/linkOnly: has no place in format 2.0.0, so it was not carried
    ! /identity_providers/0/config/clientSecret: is redacted and must be supplied again
    ! /identity_providers/1/firstBrokerLoginFlowAlias: has no place in format 2.0.0, so it was not carried

    partial realm:realm {"settings":{}} <- 
    ! /clients/0: client `web` was not carried: format 2.0.0 has no clients
    ! /clients/1: client `?` was not carried: format 2.0.0 has no clients
    "#);
}
