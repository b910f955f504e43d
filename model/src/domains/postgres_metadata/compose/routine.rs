//! Functions and procedures.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::{
    super::{
        SPACE,
        name::{EXTENSION_SCHEMA, dotted, identifier, literal},
        reach::{Reach, body_names_schema},
        spec::FunctionSpec,
        statement::{Part, Statement},
    },
    Definition, qualified, word,
};
use crate::{Kind, ResourceId, TenantSpace, domains::Journey};

impl Definition for FunctionSpec {
    fn id(&self, kind: Kind) -> ResourceId {
        ResourceId::new(kind, format!("{}({})", dotted(&[&self.name]), self.signature))
    }

    fn compose(&self, _kind: Kind, space: &TenantSpace) -> Result<Vec<Statement>, String> {
        let (form, what) = if self.procedure {
            (SyntaxKind::CREATE_PROCEDURE, "PROCEDURE")
        } else {
            (SyntaxKind::CREATE_FUNCTION, "FUNCTION")
        };
        let mut create = Statement::new(form, &format!("CREATE {what} {}", qualified(space, &self.name)?));
        create.fragment(Part::Node(SyntaxKind::PARAM_LIST), &format!("({})", self.arguments.trim()));
        if let Some(returns) = &self.returns {
            create.push("\n ").fragment(Part::Node(SyntaxKind::RET_TYPE), &format!("RETURNS {}", returns.trim()));
        }
        create.push("\n LANGUAGE ").push(word(&self.language, &["sql", "plpgsql"])?);
        if !self.procedure {
            self.compose_function_options(&mut create)?;
        }
        if self.security_definer {
            create.push(" SECURITY DEFINER");
        }
        if let Some(path) = &self.search_path {
            let schemas: Vec<String> = path
                .iter()
                .map(|schema| identifier(if schema == SPACE { &space.schema } else { schema }))
                .collect::<Result<_, _>>()?;
            let value = if schemas.is_empty() { "''".to_owned() } else { schemas.join(", ") };
            create.push("\n SET search_path TO ").push(&value);
        }
        for (name, value) in &self.settings {
            create.push(&format!("\n SET {} TO {}", setting(name)?, literal(value)?));
        }
        match (&self.source, &self.sql_body) {
            (Some(source), None) => create.push("\n AS ").body(source)?,
            (None, Some(body)) if body.trim_start().to_ascii_uppercase().starts_with("BEGIN") => {
                create.push("\n").fragment(Part::Node(SyntaxKind::ATOMIC_BODY), body)
            }
            (None, Some(body)) => create.push("\n").fragment(Part::Node(SyntaxKind::RETURN_STMT), body),
            _ => return Err("has not exactly one of `source` and `sql_body`".into()),
        };
        Ok(vec![create])
    }

    fn check(&self, journey: &Journey<'_>) -> Result<(), String> {
        let reach = Reach::of(journey);
        for schema in self.search_path.iter().flatten() {
            if ![SPACE, "pg_temp", "$user", EXTENSION_SCHEMA].contains(&schema.as_str()) {
                reach.admit_named(schema)?;
            }
        }
        let own = &journey.source.schema;
        if let Some(source) = self.source.as_ref().filter(|_| journey.source.schema != journey.target.schema)
            && body_names_schema(source, own)
        {
            return Err(format!("its body names the schema `{own}` that it comes from"));
        }
        Ok(())
    }

    fn check_parsed(&self, statement: &SyntaxNode, _space: &TenantSpace) -> Result<(), String> {
        let lists = statement.children().filter(|node| node.kind() == SyntaxKind::FUNC_OPTION_LIST).count();
        if lists == 1 { Ok(()) } else { Err("the definition has other options than it declares".into()) }
    }
}

impl FunctionSpec {
    fn compose_function_options(&self, create: &mut Statement) -> Result<(), String> {
        if self.window {
            create.push(" WINDOW");
        }
        create.push(" ").push(word(&self.volatility, &["IMMUTABLE", "STABLE", "VOLATILE"])?);
        if self.strict {
            create.push(" STRICT");
        }
        if self.leakproof {
            return Err("is LEAKPROOF, which only a superuser may declare".into());
        }
        create.push(" PARALLEL ").push(word(&self.parallel, &["SAFE", "RESTRICTED", "UNSAFE"])?);
        create.push(" COST ").push(estimate(&self.cost)?);
        if let Some(rows) = &self.rows {
            create.push(" ROWS ").push(estimate(rows)?);
        }
        Ok(())
    }
}

fn estimate(text: &str) -> Result<&str, String> {
    let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if digits && text.parse::<f64>().is_ok() { Ok(text) } else { Err(format!("`{text}` is no estimate")) }
}

/// Settings that change who somebody is are not taken.
fn setting(name: &str) -> Result<&str, String> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    if !plain || ["role", "session_authorization", "search_path"].contains(&name.to_ascii_lowercase().as_str()) {
        return Err(format!("sets `{name}`"));
    }
    Ok(name)
}
