use nexus::prelude::*;

struct Page;

async fn page(nexus: &Handle) -> Result {
    nexus.emit(Page).await?;
    Ok(())
}

fn main() {}
