"""TensorFlow's Fourier transforms and complex numbers, recurrent cells in one node, decoders."""
import numpy as np
import tensorflow as tf

from functionbook import Functionbook, data, whole

raw = tf.raw_ops
book = Functionbook()
add = book.add
CASES = book.cases

add("RFFT", lambda x: tf.abs(tf.signal.rfft(x)), data(2, 16))
add("RFFT of a length", lambda x: tf.math.real(tf.signal.rfft(x, [12])), data(2, 16))
add("RFFT, padded", lambda x: tf.math.imag(tf.signal.rfft(x, [20])), data(2, 16))
add("RFFT2D", lambda x: tf.abs(tf.signal.rfft2d(x)), data(2, 8, 6))
add("FFT and IFFT", lambda x, y: tf.math.real(tf.signal.ifft(tf.signal.fft(tf.complex(x, y)) * tf.complex(2.0, 1.0))), data(2, 8), data(2, 8, seed=1))
add("IRFFT", lambda x: tf.signal.irfft(tf.signal.rfft(x)), data(2, 16))
add("FFT2D", lambda x: tf.abs(tf.signal.fft2d(tf.cast(x, tf.complex64))), data(2, 8, 6))
add("Complex", lambda x, y: [tf.math.real(tf.math.conj(tf.complex(x, y)) + tf.complex(y, x)), tf.math.imag(tf.complex(x, y) - tf.complex(y, x)),
    tf.math.angle(tf.complex(x, y))], data(3), data(3, seed=1))
add("stft", lambda x: tf.abs(tf.signal.stft(x, 16, 8)), data(2, 64))
add("mfcc", lambda x: tf.signal.mfccs_from_log_mel_spectrograms(x)[..., :5], data(2, 4, 16))
add("dct", lambda x: tf.signal.dct(x), data(2, 16))
i, h = 4, 5
add("LSTMBlockCell", lambda x, c, y: raw.LSTMBlockCell(x=x, cs_prev=c, h_prev=y, w=data(i + h, 4 * h), wci=np.zeros(h, "f"), wcf=np.zeros(h, "f"),
    wco=np.zeros(h, "f"), b=data(4 * h), forget_bias=1.0, cell_clip=-1.0)[1::5], data(3, i), data(3, h), data(3, h, seed=1))
add("GRUBlockCell", lambda x, y: raw.GRUBlockCell(x=x, h_prev=y, w_ru=data(i + h, 2 * h), w_c=data(i + h, h), b_ru=data(2 * h), b_c=data(h))[3],
    data(3, i), data(3, h))
add("BlockLSTM", lambda x: raw.BlockLSTM(seq_len_max=np.int64(6), x=x, cs_prev=np.zeros((3, h), "f"), h_prev=np.zeros((3, h), "f"), w=data(i + h, 4 * h),
    wci=np.zeros(h, "f"), wcf=np.zeros(h, "f"), wco=np.zeros(h, "f"), b=data(4 * h), forget_bias=1.0, cell_clip=-1.0)[6], data(6, 3, i))
add("BlockLSTMV2", lambda x: raw.BlockLSTMV2(seq_len_max=np.int64(6), x=x, cs_prev=np.zeros((3, h), "f"), h_prev=np.zeros((3, h), "f"), w=data(i + h, 4 * h),
    wci=np.zeros(h, "f"), wcf=np.zeros(h, "f"), wco=np.zeros(h, "f"), b=data(4 * h), cell_clip=-1.0)[6], data(6, 3, i))
add("CTCGreedyDecoder", lambda x: raw.CTCGreedyDecoder(inputs=x, sequence_length=np.int32([7, 7]), merge_repeated=True)[1], data(7, 2, 4))
