"""The tables of `zoo.recipe.names`. Spellings differ in more than case, hyphens and underscores, which never count."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One name.

    Attributes:
        name: In Keras' own spelling; what a resolved recipe keeps.
        summary: One line.
        aliases: Other spellings that are accepted.
        only: Why it is not for every family that asks for names of this kind, and who takes it; empty if it is.
    """

    name: str
    summary: str
    aliases: tuple[str, ...] = ()
    only: str = ""


ACTIVATIONS = (
    Choice("linear", "x itself", ("identity", "none")),
    Choice("sigmoid", "1 / (1 + exp(-x))", ("logistic",)),
    Choice("tanh", "hyperbolic tangent"),
    Choice("relu", "max(x, 0)"),
    Choice("leaky_relu", "x, and 0.2 x below zero", ("lrelu",)),
    Choice("prelu", "x, and below zero a slope that is learned for each unit or channel", ("parametric_relu",)),
    Choice("elu", "x, and exp(x) - 1 below zero"),
    Choice("selu", "elu, scaled so that standardised inputs stay so"),
    Choice("silu", "x sigmoid(x)", ("swish",)),
    Choice("gelu", "x times the normal distribution function of x"),
    Choice("softplus", "log(1 + exp(x))"),
    Choice("softsign", "x / (1 + |x|)"),
    Choice("mish", "x tanh(softplus(x))"),
    Choice("softmax", "exp(x) over its sum over the units of the layer"),
    Choice(
        "step",
        "1 where x >= 0, else 0 (family perceptron only)",
        ("heaviside",),
        only="its slope is zero everywhere, so that nothing is learned by gradient; the family perceptron takes it",
    ),
)
LOSSES = (
    Choice("sparse_categorical_crossentropy", "log loss of class numbers", ("sparse_crossentropy",)),
    Choice(
        "categorical_crossentropy",
        "the same of classes as indicators",
        ("cross_entropy",),
    ),
    Choice("binary_crossentropy", "log loss of two classes", ("bce",)),
    Choice(
        "kl_divergence",
        "of the true class from the probabilities",
        ("kld", "kullback_leibler_divergence", "kullback_leibler"),
    ),
    Choice("categorical_hinge", "margin between the true class and the best other one"),
    Choice("hinge", "margin between two classes"),
    Choice("squared_hinge", "its square"),
    Choice("mean_squared_error", "of numbers; of probabilities the Brier score", ("mse",)),
    Choice("half_mean_squared_error", "half of it, in float64: its gradient has no factor 2", ("half_mse",)),
    Choice("mean_absolute_error", "of numbers", ("mae",)),
    Choice("huber", "of numbers: squared up to 1, absolute beyond"),
    Choice("log_cosh", "of numbers: log cosh of the error"),
    Choice("poisson", "of counts: rate - count log(rate); of probabilities of classes too"),
    Choice("value", "of a function (family objective only): its value itself", ("objective_value",)),
    Choice("cosine_similarity", "angle between two or more numbers and their targets, or probabilities and classes"),
)
OPTIMIZERS = (
    Choice("sgd", "gradient descent", ("gradient_descent", "gd", "stochastic_gradient_descent")),
    Choice("momentum", "sgd with momentum 0.9", ("sgd_momentum", "heavy_ball")),
    Choice("nesterov", "sgd with Nesterov momentum 0.9", ("nag", "nesterov_momentum", "sgd_nesterov")),
    Choice("adagrad", "rates fall with the sum of squared gradients"),
    Choice("rmsprop", "rates by a moving mean of squared gradients"),
    Choice("adam", "moving means of gradients and of their squares"),
    Choice("adamw", "adam with decoupled weight decay"),
    Choice("adadelta", "rates by moving means of squared gradients and steps"),
    Choice("adamax", "adam with the largest gradient in place of squares"),
    Choice("nadam", "adam with Nesterov momentum"),
    Choice("lion", "signs of moving means"),
    Choice("ftrl", "follow the regularised leader"),
    Choice("lbfgs", "quasi-Newton over the whole training split; one device, networks without randomness"),
)
INITIALIZERS = (
    Choice("zeros", "all zero"),
    Choice("ones", "all one"),
    Choice("random_uniform", "even in -0.05..0.05", ("uniform",)),
    Choice("random_normal", "normal, deviation 0.05", ("normal", "gaussian")),
    Choice("truncated_normal", "normal, deviation 0.05, within two deviations"),
    Choice("glorot_uniform", "even, by inputs and outputs of the layer", ("xavier_uniform", "glorot", "xavier")),
    Choice("glorot_normal", "normal, by inputs and outputs of the layer", ("xavier_normal",)),
    Choice("he_uniform", "even, by inputs of the layer, for relu", ("kaiming_uniform",)),
    Choice("he_normal", "normal, by inputs of the layer, for relu", ("he", "kaiming", "kaiming_normal")),
    Choice("lecun_uniform", "even, by inputs of the layer"),
    Choice("lecun_normal", "normal, by inputs of the layer", ("lecun",)),
    Choice("orthogonal", "rows or columns at right angles to one another"),
    Choice("variance_scaling", "normal, by inputs of the layer, variance 1 / inputs"),
    Choice("sparse", "15 inputs of each unit normal of deviation 1, all others zero (Martens 2010)"),
    Choice(
        "k_means",
        "centres of clusters: hyperparameters.placement of the family rbf",
        ("k_means_centres", "k_means_centers"),
        only="it depends on the data: hyperparameters.placement of the family rbf takes it",
    ),
    Choice(
        "pca",
        "along two principal axes: hyperparameters.initialization of the family som",
        ("som_pca", "principal_components"),
        only="it depends on the data: hyperparameters.initialization of the family som takes it",
    ),
)
REGULARIZERS = (
    Choice("l1", "sum of absolute kernel weights, times hyperparameters.l1 (0.01)", ("lasso",)),
    Choice("l2", "sum of squared kernel weights, times hyperparameters.l2 (0.01)", ("ridge",)),
    Choice("l1_l2", "both", ("elastic_net",)),
    Choice("dropout", "a setting: hyperparameters.dropout", only="it is a setting of its own: hyperparameters.dropout"),
    Choice(
        "batch_norm",
        "a setting: hyperparameters.batch_norm",
        ("batch_normalization", "batch_normalisation"),
        only="it is a setting of its own: hyperparameters.batch_norm",
    ),
    Choice(
        "input_noise",
        "a setting: hyperparameters.input_noise",
        ("gaussian_noise",),
        only="it is a setting of its own: hyperparameters.input_noise",
    ),
    Choice(
        "patience",
        "a setting: training.patience",
        ("early_stopping",),
        only="it is a setting of its own: training.patience",
    ),
    Choice(
        "weight_decay", "a setting: training.weight_decay", only="it is a setting of its own: training.weight_decay"
    ),
    Choice(
        "clip_norm",
        "a setting: training.clip_norm, each variable's gradient",
        only="it is a setting of its own: training.clip_norm",
    ),
    Choice(
        "clip_global_norm",
        "a setting: training.clip_global_norm, all gradients together",
        ("global_clip_norm", "gradient_clipping"),
        only="it is a setting of its own: training.clip_global_norm",
    ),
    Choice(
        "clip_value",
        "a setting: training.clip_value, each entry",
        only="it is a setting of its own: training.clip_value",
    ),
)
SCHEDULES = (
    Choice("constant", "the learning rate as it is", ("none",)),
    Choice("cosine", "half a cosine down to `end`", ("cosine_decay", "cosine_annealing")),
    Choice("exponential", "times `rate` in `every_epochs`, evenly", ("exponential_decay",)),
    Choice("step", "times `rate` after each `every_epochs`", ("step_decay", "staircase")),
    Choice("polynomial", "down to `end` by a power", ("polynomial_decay",)),
    Choice("inverse_time", "over 1 + `rate` times epochs / `every_epochs`", ("inverse_time_decay",)),
    Choice(
        "plateau",
        "times `rate` after `patience` epochs without improvement, not below `end`",
        ("reduce_lr_on_plateau", "reduce_on_plateau"),
    ),
)
AUGMENTATIONS = (
    Choice("flip", "mirror half of the pictures left to right", ("random_flip", "horizontal_flip")),
    Choice("rotation", "largest rotation, in degrees", ("random_rotation",)),
    Choice("shift", "largest shift, as a share of height and width", ("translation", "random_translation")),
    Choice("zoom", "largest change of scale, as a share", ("random_zoom",)),
    Choice("noise", "deviation of Gaussian noise, as a share of the value range", ("gaussian_noise",)),
)
METRICS = (
    Choice("accuracy", "share of the right class", ("acc",)),
    Choice("balanced_accuracy", "mean recall over the classes that occur", ("macro_recall",)),
    Choice("macro_f1", "mean over the classes of F1", ("f1_macro",)),
    Choice("macro_precision", "mean over the classes of the precision"),
    Choice("macro_specificity", "mean over the classes of the specificity"),
    Choice("precision", "of two classes: share of the second among those said to be so"),
    Choice("recall", "of two classes: share of the second that was found", ("sensitivity", "true_positive_rate")),
    Choice("specificity", "of two classes: share of the first that was found", ("true_negative_rate",)),
    Choice("f1", "of two classes: harmonic mean of precision and recall", ("f1_score",)),
    Choice("auc", "of two classes: area under the ROC curve", ("auc_roc", "roc_auc")),
    Choice("average_precision", "of two classes: area under the precision-recall curve, as steps", ("ap",)),
    Choice("precision_at_100", "share of the second class among the 100 foremost"),
    Choice("log_loss", "mean of -log(probability of the true class), nats"),
    Choice(
        "confusion_matrix",
        "counts by true and predicted class: drawn in every report",
        only="it is a table and not one number: every report of classes draws it",
    ),
    Choice("mse", "mean squared error", ("mean_squared_error",)),
    Choice("rmse", "its root", ("root_mean_squared_error",)),
    Choice("mae", "mean absolute error", ("mean_absolute_error",)),
    Choice("r2", "share of the variance that is explained", ("r2_score", "coefficient_of_determination")),
    Choice("adjusted_r2", "r2 less what as many inputs explain by chance", ("r2_adjusted",)),
    Choice("closed_loop_mse", "of forecasts that go on from themselves"),
    Choice("closed_loop_mae", "of forecasts that go on from themselves"),
    Choice("value", "of a function: its value at the point"),
    Choice("distance", "of a function: from the point to the minimum"),
    Choice("loss", "of a text: nats for each unit"),
    Choice("perplexity", "of a text: exp(loss)"),
    Choice("bits_per_character", "of a text", ("bpc",)),
    Choice("quantization_error", "of a map: mean distance to the best cell", ("quantisation_error",)),
    Choice("topographic_error", "of a map: share whose two best cells are no neighbours"),
    Choice("purity", "of a map: share of the commonest class of its cell"),
    Choice(
        "frechet_distance", "of pictures: distance of two normal distributions of features", ("fid", "fréchet_distance")
    ),
    Choice("frechet_distance_of_training", "the same of training pictures"),
    Choice("pixel_frechet_distance", "the same of pixels"),
    Choice("pixel_frechet_distance_of_training", "the same of pixels of training pictures"),
    Choice("nearest_ratio", "distances to the nearest training picture, beside those of test pictures"),
    Choice("modes", "classes that are made at all"),
    Choice("smallest_share", "share of the rarest class among what is made"),
)
TUNERS = (
    Choice("random", "points drawn from the space", ("random_search",)),
    Choice("grid", "every point of a grid, in order", ("grid_search",)),
    Choice("bayesian", "where a Gaussian process hopes for the most", ("bayesian_optimization",)),
    Choice("hyperband", "many short runs, the best ones longer"),
)
FOLDS = (
    Choice("k_fold", "so many parts of drawn rows", ("cross_validation",)),
    Choice("stratified", "the same, each with the shares of the classes", ("stratified_k_fold",)),
    Choice("leave_one_out", "one row at a time", ("loo",)),
    Choice(
        "expanding", "of series: what is held out comes after all learned from", ("expanding_window", "time_series")
    ),
)
KINDS: dict[str, tuple[Choice, ...]] = {
    "activations": ACTIVATIONS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "initializers": INITIALIZERS,
    "regularizers": REGULARIZERS,
    "schedules": SCHEDULES,
    "augmentations": AUGMENTATIONS,
    "metrics": METRICS,
    "tuners": TUNERS,
    "folds": FOLDS,
}
# Other names of settings, where a table has no setting of that name itself: what is regularised or changed by a name in
# the documents is a setting with a number here.
SETTING_ALIASES = {
    "batch_normalization": "batch_norm",
    "batch_normalisation": "batch_norm",
    "gaussian_noise": "input_noise",
    "early_stopping": "patience",
    "clipnorm": "clip_norm",
    "global_clipnorm": "clip_global_norm",
    "gradient_clipping": "clip_global_norm",
    "clipvalue": "clip_value",
    "translation": "shift",
}
