//! `tenants`.

use restore_model::Scope;

use super::{
    arguments::{State, Tenants},
    interrupt::Interrupt,
    output::Output,
    render::word,
    table::Style,
};
use crate::{
    Engine, Result,
    control::{
        Caller,
        tenants::{NewTenant, Tenant, TenantState},
    },
};

/// Does what the command says.
pub(super) async fn run(engine: &Engine, caller: &Caller, command: Tenants, output: Output) -> Result<u8> {
    let style = Style::of_stdout();
    let tenant = match command {
        Tenants::List => {
            let tenants = engine.tenants().await?;
            return output.show(&tenants, || list(&tenants, style));
        }
        Tenants::Remove { id } => {
            // It holds the tenant's lock for as long as a look into the backends takes.
            let interrupt = Interrupt::listen()?;
            interrupt.at_work();
            engine.delete_tenant(caller, &id).await?;
            let done = serde_json::json!({"tenant_id": id, "removed": true});
            return output.show(&done, || format!("removed {id}"));
        }
        Tenants::Add { id, name, suspended } => {
            let state = if suspended { TenantState::Suspended } else { TenantState::Active };
            engine.register_tenant(caller, NewTenant { tenant_id: id, name, state, naming: None }).await?
        }
        Tenants::Show { id } => engine.tenant(&id).await?,
        Tenants::SetState { id, state } => engine.set_tenant_state(caller, &id, state.into()).await?,
    };
    output.show(&tenant, || one(&tenant, style))
}

impl From<State> for TenantState {
    fn from(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Suspended => Self::Suspended,
            State::Deleting => Self::Deleting,
        }
    }
}

fn list(tenants: &[Tenant], style: Style) -> String {
    if tenants.is_empty() {
        return "no tenants; register one with `restore-engine tenants add ID`".into();
    }
    let rows = tenants.iter().map(|tenant| {
        vec![tenant.tenant_id.clone(), tenant.name.clone(), word(&tenant.state), tenant.created_at.clone()]
    });
    style.render(&["ID", "NAME", "STATE", "CREATED"], rows)
}

fn one(tenant: &Tenant, style: Style) -> String {
    let mut rows = vec![
        vec!["id".to_owned(), tenant.tenant_id.clone()],
        vec!["name".into(), tenant.name.clone()],
        vec!["state".into(), word(&tenant.state)],
        vec!["created".into(), tenant.created_at.clone()],
        vec!["updated".into(), tenant.updated_at.clone()],
    ];
    rows.extend(
        Scope::ALL
            .into_iter()
            .filter(|scope| scope.domain().is_some())
            .filter_map(|scope| Some(vec![scope.to_string(), tenant.space.get(scope)?.to_owned()])),
    );
    style.render(&["TENANT", ""], rows)
}
