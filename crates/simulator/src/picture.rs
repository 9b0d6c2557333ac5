//! The picture that the sampler paints: hills in the haze under a low sun.
//!
//! Called by the sampler. Everything in it follows from the recipe, so the same prompt and seed
//! always give the same picture, and any change of either gives another.

use crate::data::Grid;
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use std::f32::consts::TAU;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// What decides a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe<'recipe> {
    pub(crate) model: &'recipe str,
    pub(crate) positive: &'recipe str,
    pub(crate) negative: &'recipe str,
    pub(crate) sampler: &'recipe str,
    pub(crate) seed: u64,
    /// More contrast.
    pub(crate) cfg: f32,
    /// More ranges of hills.
    pub(crate) steps: u32,
}

impl Recipe<'_> {
    fn random(&self, what: &str, seed: u64) -> SmallRng {
        let mut hasher = DefaultHasher::new();
        (
            what,
            self.model,
            self.positive,
            self.negative,
            self.sampler,
            seed,
        )
            .hash(&mut hasher);
        SmallRng::seed_from_u64(hasher.finish())
    }

    /// The noise that the sampler starts from.
    pub(crate) fn noise(&self, width: u32, height: u32, index: u64) -> Grid {
        let mut random = self.random("noise", self.seed.wrapping_add(index));
        let mut grid = Grid::empty(width, height);
        grid.colours
            .fill_with(|| std::array::from_fn(|_| random.random()));
        grid
    }

    /// The finished picture; `index` counts within a batch.
    pub(crate) fn paint(&self, width: u32, height: u32, index: u64) -> Grid {
        let seed = self.seed.wrapping_add(index);
        let scene = Scene::new(self, seed);
        let mut grid = Grid::empty(width, height);
        #[expect(clippy::cast_precision_loss, reason = "pixel positions are small")]
        let fraction = |position: u32, of: u32| (position as f32 + 0.5) / of as f32;
        for (row, colours) in (0..height).zip(grid.colours.chunks_mut(width.max(1) as usize)) {
            for (column, colour) in (0..width).zip(colours) {
                *colour = scene.colour(fraction(column, width), fraction(row, height));
            }
        }
        grid
    }
}

struct Scene {
    sky: [[f32; 3]; 2],
    sun: [f32; 3],
    hills: Vec<Hill>,
    contrast: f32,
}

struct Hill {
    horizon: f32,
    waves: [[f32; 3]; 4],
    colour: [f32; 3],
}

impl Scene {
    fn new(recipe: &Recipe<'_>, seed: u64) -> Self {
        // The words decide the colours, the seed the lie of the land.
        let mut palette = recipe.random("palette", 0);
        let mut land = recipe.random("land", seed);
        let hue: f32 = palette.random();
        let other = hue + 0.35 + 0.3 * palette.random::<f32>();
        let ranges = 3 + recipe.steps.min(60) / 12;
        #[expect(clippy::cast_precision_loss, reason = "there are at most eight ranges")]
        let hills = (0..ranges).map(|range| {
            let near = (range as f32 + 1.0) / ranges as f32;
            Hill::new(near, hue, other, &mut land)
        });
        let hills = hills.collect();
        Self {
            sky: [from_hsl(hue, 0.55, 0.32), from_hsl(other, 0.75, 0.78)],
            sun: [
                land.random_range(0.2..0.8),
                land.random_range(0.2..0.45),
                land.random_range(0.05..0.1),
            ],
            hills,
            contrast: 0.8 + 0.4 * (recipe.cfg / (recipe.cfg.abs() + 8.0)),
        }
    }

    fn colour(&self, x: f32, y: f32) -> [f32; 3] {
        let [sun_x, sun_y, size] = self.sun;
        let mut colour = lerp(self.sky[0], self.sky[1], smooth(0.0, 0.75, y));
        let distance = ((x - sun_x).powi(2) + (y - sun_y).powi(2)).sqrt();
        let glow = (-distance * 5.0).exp() * 0.55;
        let disc = 1.0 - smooth(size * 0.9, size * 1.1, distance);
        colour = lerp(colour, [1.0, 0.96, 0.84], (glow + disc).min(1.0));
        for hill in &self.hills {
            let depth = y - hill.ridge(x);
            let haze = lerp(
                hill.colour,
                self.sky[1],
                0.35 * (1.0 - smooth(0.0, 0.25, depth)),
            );
            colour = lerp(colour, haze, smooth(-0.008, 0.008, depth));
        }
        colour.map(|channel| ((channel - 0.5) * self.contrast + 0.5).clamp(0.0, 1.0))
    }
}

impl Hill {
    /// `near` is 1 for the range in front.
    fn new(near: f32, hue: f32, other: f32, random: &mut SmallRng) -> Self {
        let waves = std::array::from_fn(|octave| {
            #[expect(clippy::cast_precision_loss, reason = "there are four octaves")]
            let frequency = 1.7_f32.powi(1) * (octave as f32 + 0.6) * random.random_range(0.8..1.3);
            let height = 0.07 / (frequency * 0.9 + 0.4) * random.random_range(0.6..1.4);
            [frequency * TAU, random.random_range(0.0..TAU), height]
        });
        Self {
            horizon: 0.42 + 0.46 * near,
            waves,
            colour: from_hsl(other + (hue - other) * near, 0.45, 0.62 - 0.5 * near),
        }
    }

    fn ridge(&self, x: f32) -> f32 {
        let wave = |[frequency, phase, height]: &[f32; 3]| (x * frequency + phase).sin() * height;
        self.horizon + self.waves.iter().map(wave).sum::<f32>()
    }
}

fn lerp(from: [f32; 3], to: [f32; 3], amount: f32) -> [f32; 3] {
    std::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * amount)
}

/// 0 below the first edge, 1 above the second, and smooth in between.
fn smooth(low: f32, high: f32, value: f32) -> f32 {
    let position = ((value - low) / (high - low)).clamp(0.0, 1.0);
    position * position * (3.0 - 2.0 * position)
}

fn from_hsl(hue: f32, saturation: f32, lightness: f32) -> [f32; 3] {
    let reach = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|offset| {
        let position = (offset + hue.rem_euclid(1.0) * 12.0) % 12.0;
        lightness - reach * (position - 3.0).min(9.0 - position).clamp(-1.0, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: Recipe<'_> = Recipe {
        model: "model",
        positive: "a cat",
        negative: "bad",
        sampler: "euler",
        seed: 1,
        cfg: 7.0,
        steps: 20,
    };

    #[test]
    fn the_same_recipe_gives_the_same_picture_and_any_change_another() {
        let picture = RECIPE.paint(16, 16, 0);
        assert_eq!(picture, RECIPE.paint(16, 16, 0));
        let changed = [
            Recipe { seed: 2, ..RECIPE },
            Recipe {
                positive: "a dog",
                ..RECIPE
            },
            Recipe { cfg: 3.0, ..RECIPE },
            Recipe {
                steps: 50,
                ..RECIPE
            },
        ];
        for recipe in changed {
            assert_ne!(picture, recipe.paint(16, 16, 0), "{recipe:?}");
        }
    }
}
