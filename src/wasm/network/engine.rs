//! The exported engine: one Net with its cache, shared by all its datasets.

use std::rc::Rc;

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;

use super::call::Call;
use super::dataset::{Dataset, State, Urgency, boxed};
use super::driver::Driver;
use super::fault::Fault;
use super::files::{Files, neighbours};
use super::options::{EngineOptions, limits_from_js, policy_from_js};
use super::origin::Origin;
use super::platform::{AbortSignal, property, set_property};
use super::question::answer;
use super::tasks::{self, promise};
use super::value::to_js;
use super::wait;
use crate::pyramid;
use crate::range::trace::Fact;

/// One Net (`CoreEngine` in js/core-types.ts).
#[wasm_bindgen(js_name = Core)]
pub struct Engine {
    driver: Rc<Driver>,
}

#[wasm_bindgen(js_class = Core)]
impl Engine {
    /// An engine with these `CoreNetOptions`. `on_trap` is told, with the exception, when this WebAssembly instance has
    /// stopped in the middle of something: no call of any engine in it will come to an end then. The last one given
    /// counts.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, on_trap: Option<Function>) -> Result<Engine, JsValue> {
        if let Some(handler) = on_trap {
            wait::set_trap_handler(&handler);
        }
        Ok(Self { driver: Driver::new(EngineOptions::from_js(options)?) })
    }

    /// Opens a dataset with one request: the first range of its base, where IFD 0 usually is.
    pub fn open(&self, source: &JsValue, options: &JsValue, signal: Option<AbortSignal>) -> Promise {
        let prepared = prepare(&self.driver, source, options);
        promise(Box::pin(async move {
            let state = prepared?;
            let work = async move |state: Rc<State>, call: Rc<Call>| {
                answer(&state, &call, pyramid::Dataset::open)
                    .await
                    .map_err(|fault| fault.about(&state.files.name))?;
                Ok(JsValue::UNDEFINED)
            };
            match state.run(signal, Urgency::default(), boxed(work)).await {
                Ok(_) => Ok(Dataset::new(state).into()),
                Err(reason) => {
                    state.close();
                    Err(reason)
                }
            }
        }))
    }

    /// How full the cache is, in bytes.
    #[wasm_bindgen(js_name = cacheStats)]
    pub fn cache_stats(&self) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.driver.cache_stats())?)
    }

    /// Forgets all cached bytes that nobody waits with.
    #[wasm_bindgen(js_name = clearCache)]
    pub fn clear_cache(&self) {
        self.driver.tell(Fact::ClearCache);
    }

    /// What is held at this moment, for tests that look for leaks.
    pub fn counts(&self) -> Object {
        let object = Object::new();
        let [flights, pieces, readers, causes, timers] = self.driver.counts();
        let sources = self.driver.sources.count();
        let counts = [
            ("flights", flights),
            ("pieces", pieces),
            ("readers", readers),
            ("causes", causes),
            ("timers", timers),
            ("sources", sources),
            ("waits", wait::count()),
            ("tasks", tasks::count()),
        ];
        for (name, count) in counts {
            set_property(&object, name, &JsValue::from_f64(count as f64));
        }
        object
    }
}

/// Reads the arguments of `open`. Nothing is sent.
fn prepare(driver: &Rc<Driver>, source: &JsValue, options: &JsValue) -> Result<Rc<State>, Fault> {
    let base = Origin::from_js(source, "source")?;
    let limits = limits_from_js(&property(options, "limits"))?;
    let policy = policy_from_js(&property(options, "overviewPolicy"))?;
    let (sidecars, places) = neighbours(&base, options)?.into_iter().unzip();
    let dataset = pyramid::Dataset::new(sidecars, pyramid::Options { limits, policy, unfit: None });
    let files = Files::new(driver, base, places);
    Ok(State::new(driver, dataset, files))
}
