//! What the verbs about one service connect to.

use super::{Context, Error, region};
use crate::cli::PlaceArgs;
use aws::Aws;
use aws::ecs::Ecs;
use aws::ecs::status::InRegion;
use model::decision::{Destination, ServiceName};
use model::names::Place;
use model::plan::TargetName;

/// A service that the command line names, and ECS in its place.
pub(super) struct OneService<'a> {
    /// Its cluster and its name.
    pub(super) name: &'a ServiceName,
    /// Its name in events.
    pub(super) target: TargetName,
    /// Where it is.
    pub(super) place: Place,
    pub(super) ecs: Ecs,
}

impl<'a> OneService<'a> {
    /// Connects to the region that the flags or the service's ARN name.
    pub(super) async fn connect(
        service: &'a InRegion<ServiceName>,
        place: &PlaceArgs,
        context: &Context<'_>,
    ) -> Result<Self, Error> {
        let region = region::resolve(place.region.as_ref(), service.region.as_ref())?;
        let aws = Aws::configure(context.environment, region, context.identity.as_ref()).await?;
        let place = place.to_place(&aws.region);
        let name = &service.subject;
        let target = TargetName::new(&Destination::Service(name.clone()), &place, &aws.region);
        let ecs = Ecs::client_for(&aws, &place).await;
        Ok(Self { name, target, place, ecs })
    }
}
