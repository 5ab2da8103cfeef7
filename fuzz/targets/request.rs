//! A request from the front of an input.

use pyramidion::codec::Order;
use pyramidion::plan::Request;

use super::input::Input;

pub fn request(input: &mut Input<'_>) -> Request {
    let shape = input.u8();
    let mut number = || f64::from(input.u16()) - 1.0;
    let mut numbers = || [number(), number(), number(), number()];
    let window = (shape & 1 != 0).then(&mut numbers);
    let size = (shape & 2 != 0).then(&mut numbers);
    let bands = (shape & 8 != 0).then(&mut numbers);
    Request {
        window,
        level: (shape & 4 != 0).then(|| f64::from(shape >> 5)),
        width: size.map(|size| size[0]),
        height: size.map(|size| size[1]),
        bands: bands.map(|bands| bands.to_vec()),
        layout: Some(if shape & 16 != 0 { Order::Pixel } else { Order::Band }),
        mask: Some(shape & 128 != 0),
        ..Request::default()
    }
}
