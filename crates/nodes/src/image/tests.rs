//! Pixels that go out come back.

use super::*;
use rstest::rstest;

/// All values that a byte can have, in every channel.
fn gradient(count: usize, channels: usize) -> (Vec<f32>, [usize; 4]) {
    let shape = [count, 16, 16, channels];
    let size: usize = shape.iter().product();
    #[expect(clippy::cast_precision_loss, reason = "less than 256")]
    let value = |index: usize| ((index / channels + index % channels * 7) % 256) as f32 / 255.0;
    ((0..size).map(value).collect(), shape)
}

fn files(channels: usize, format: Format) -> Vec<Vec<u8>> {
    let (pixels, shape) = gradient(3, channels);
    encode_all(&Batch::new(&pixels, shape).unwrap(), format).unwrap()
}

#[rstest]
fn every_pixel_comes_back_from_png(#[values(3, 4)] channels: usize) {
    let (pixels, shape) = gradient(3, channels);
    let pictures = decode_all(&files(channels, Format::Png), true).unwrap();
    let size = pixels.len() / 3;
    for (index, picture) in pictures.iter().enumerate() {
        assert_eq!(
            [picture.height, picture.width, picture.channels],
            shape[1..]
        );
        assert_eq!(picture.pixels, &pixels[index * size..][..size]);
    }
}

#[test]
fn grey_becomes_colour_and_alpha_is_left_out_when_not_wanted() {
    let (pixels, _) = gradient(3, 1);
    let picture = decode(&files(1, Format::Png)[0], true).unwrap();
    assert_eq!(picture.channels, 3);
    let grey: Vec<f32> = picture.pixels.chunks(3).map(|pixel| pixel[0]).collect();
    assert_eq!(grey, pixels[..256]);
    assert_eq!(decode(&files(2, Format::Png)[0], true).unwrap().channels, 4);
    assert_eq!(
        decode(&files(4, Format::Png)[0], false).unwrap().channels,
        3
    );
}

#[rstest]
fn other_formats_come_close(
    #[values(1, 2, 3, 4)] channels: usize,
    #[values(Format::Jpeg { quality: 100 }, Format::WebP { quality: 100 })] format: Format,
) {
    let shape = [2, 32, 32, channels];
    let mut pixels = vec![0.25; shape.iter().product()];
    // Opaque, where there is alpha.
    if channels.is_multiple_of(2) {
        pixels
            .iter_mut()
            .skip(channels - 1)
            .step_by(channels)
            .for_each(|alpha| *alpha = 1.0);
    }
    let files = encode_all(&Batch::new(&pixels, shape).unwrap(), format).unwrap();
    for picture in decode_all(&files, false).unwrap() {
        let far = picture
            .pixels
            .iter()
            .filter(|value| (**value - 0.25).abs() > 0.02);
        assert_eq!(far.count(), 0);
    }
}

#[rstest]
fn older_kinds_of_files_are_read(
    #[values(image::ImageFormat::Bmp, image::ImageFormat::Gif)] format: image::ImageFormat,
) {
    let red = image::RgbaImage::from_pixel(2, 1, image::Rgba([255, 0, 0, 255]));
    let red = image::DynamicImage::from(red);
    let mut file = std::io::Cursor::new(Vec::new());
    red.write_to(&mut file, format).unwrap();
    let picture = decode(file.get_ref(), false).unwrap();
    assert_eq!(picture.pixels, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn what_is_transparent_lies_on_white_in_jpeg() {
    let pixels = vec![0.0; 8 * 8 * 4];
    let batch = Batch::new(&pixels, [1, 8, 8, 4]).unwrap();
    let file = encode_all(&batch, Format::Jpeg { quality: 95 }).unwrap();
    let picture = decode(&file[0], true).unwrap();
    assert!(picture.pixels.iter().all(|value| *value > 0.98));
}

#[test]
fn values_beyond_the_range_are_cut() {
    let pixels = [-1.0, 2.0, f32::NAN, f32::INFINITY, 0.999, 0.5];
    let batch = Batch::new(&pixels, [1, 1, 2, 3]).unwrap();
    assert_eq!(batch.bytes(0), [0, 255, 0, 255, 254, 127]);
}

#[rstest]
#[case::five_channels([1, 2, 2, 5], 20)]
#[case::no_pixels([1, 0, 2, 3], 0)]
#[case::other_data([1, 2, 2, 3], 11)]
fn what_is_no_image_is_refused(#[case] shape: [usize; 4], #[case] length: usize) {
    let error = Batch::new(&vec![0.0; length], shape).unwrap_err();
    assert_eq!(error.code(), "invalid_image");
}

#[test]
fn an_empty_batch_is_no_file() {
    let batch = Batch::new(&[], [0, 8, 8, 3]).unwrap();
    assert!(encode_all(&batch, Format::Png).unwrap().is_empty());
}

#[test]
fn bytes_that_are_no_image_are_an_error() {
    let png = &files(3, Format::Png)[0];
    for bytes in [&b""[..], b"<html>", &png[..40], &png[..png.len() / 2]] {
        assert_eq!(decode(bytes, true).unwrap_err().code(), "invalid_image");
    }
}
